package dev.sirocco.server;

import dev.sirocco.server.anthropic.AnthropicErrors;
import dev.sirocco.server.anthropic.MessagesHandler;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.ErrorFormat;
import dev.sirocco.server.llamacpp.TokensHandler;
import dev.sirocco.server.ollama.OllamaErrors;
import dev.sirocco.server.ollama.OllamaHandler;
import dev.sirocco.server.ollama.OllamaModelsHandler;
import dev.sirocco.server.openai.ChatCompletionsHandler;
import dev.sirocco.server.openai.CompletionsHandler;
import dev.sirocco.server.openai.EmbeddingsHandler;
import dev.sirocco.server.openai.ModelsHandler;
import dev.sirocco.server.operations.HealthHandler;
import dev.sirocco.server.operations.MetricsHandler;
import dev.sirocco.server.operations.OpenApiHandler;
import dev.sirocco.server.operations.ServerMetrics;
import dev.sirocco.server.web.WebPage;
import io.helidon.webserver.http.HttpService;
import java.util.List;
import java.util.Map;

/** All that the server answers. */
final class Endpoints {

  private Endpoints() {}

  /** The handlers, one for each group of paths. */
  static List<HttpService> all(ServerContext context, ServerMetrics metrics) {
    return List.of(
        new ChatCompletionsHandler(context),
        new CompletionsHandler(context),
        new EmbeddingsHandler(context),
        new ModelsHandler(context),
        new MessagesHandler(context),
        new OllamaHandler(context),
        new OllamaModelsHandler(context),
        new TokensHandler(context),
        new HealthHandler(context),
        new MetricsHandler(metrics),
        new OpenApiHandler(),
        new WebPage());
  }

  /** The beginnings of paths whose errors have another form than OpenAI's. */
  static Map<String, ErrorFormat> errorFormats() {
    return Map.of(
        MessagesHandler.PATH, AnthropicErrors::body, OllamaHandler.PATH, OllamaErrors::body);
  }
}
