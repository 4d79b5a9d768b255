package dev.sirocco.server.operations;

import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** {@code GET /openapi.json}: the description of the API. */
public final class OpenApiHandler implements HttpService {

  private final String description = read();

  private static String read() {
    try (InputStream in = OpenApiHandler.class.getResourceAsStream("openapi.json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.get(rules, "/openapi.json", this::describe);
  }

  private void describe(ServerRequest request, ServerResponse response) {
    Responses.text(response, "application/json", description);
  }
}
