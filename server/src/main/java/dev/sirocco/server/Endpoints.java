package dev.sirocco.server;

import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.ErrorFormat;
import dev.sirocco.server.openai.ModelsHandler;
import dev.sirocco.server.operations.HealthHandler;
import dev.sirocco.server.web.WebPage;
import io.helidon.webserver.http.HttpService;
import java.util.List;
import java.util.Map;

/** All that the server answers. */
final class Endpoints {

  private Endpoints() {}

  /** The handlers, one for each group of paths. */
  static List<HttpService> all(ServerContext context) {
    return List.of(new HealthHandler(context), new ModelsHandler(context), new WebPage());
  }

  /** The beginnings of paths whose errors have another form than OpenAI's. */
  static Map<String, ErrorFormat> errorFormats() {
    return Map.of();
  }
}
