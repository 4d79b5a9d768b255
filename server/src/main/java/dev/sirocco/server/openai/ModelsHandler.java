package dev.sirocco.server.openai;

import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}. */
public final class ModelsHandler implements HttpService {

  private final ServerContext context;

  public ModelsHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.get(rules, "/v1/models", this::list);
    Routes.get(rules, "/v1/models/{id}", this::one);
  }

  private void list(ServerRequest request, ServerResponse response) {
    ServedModel served = context.models().require();
    ObjectNode body = Json.object().put("object", "list");
    ArrayNode data = body.putArray("data");
    data.add(describe(served, served.name()));
    served.aliases().stream().sorted().forEach(alias -> data.add(describe(served, alias)));
    Responses.json(response, body);
  }

  private void one(ServerRequest request, ServerResponse response) {
    ServedModel served = context.models().require();
    String id = request.path().pathParameters().get("id");
    served.require(id);
    Responses.json(response, describe(served, id));
  }

  private static ObjectNode describe(ServedModel served, String id) {
    return Json.object()
        .put("id", id)
        .put("object", "model")
        .put("created", served.since().getEpochSecond())
        .put("owned_by", "sirocco");
  }
}
