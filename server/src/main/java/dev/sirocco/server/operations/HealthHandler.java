package dev.sirocco.server.operations;

import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** {@code GET /health}: 200 when the model is loaded, 503 before, and when the server closes. */
public final class HealthHandler implements HttpService {

  /** The path, which needs no key. */
  public static final String PATH = "/health";

  private final ServerContext context;

  public HealthHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.get(rules, PATH, this::health);
  }

  private void health(ServerRequest request, ServerResponse response) {
    context.models().require();
    Responses.json(response, Json.object().put("status", "ok"));
  }
}
