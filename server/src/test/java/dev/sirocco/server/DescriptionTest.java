package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.server.generation.ModelSlot;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import dev.sirocco.server.operations.ServerMetrics;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /openapi.json} describes what the server does, no more and no less. */
class DescriptionTest {

  /** What a field holds that has another type, by the type that it has. */
  private static final Map<String, String> WRONG =
      Map.of(
          "string", "5",
          "integer", "\"a\"",
          "number", "\"a\"",
          "boolean", "\"a\"",
          "object", "5",
          "array", "5");

  private static TestServer server;
  private static JsonNode description;

  @BeforeAll
  static void start() {
    server = TestServer.start();
    description = Json.read(server.get("/openapi.json").body());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Paths with their methods as the server routes them, the page's files apart. */
  private static Set<String> routes() {
    Set<String> routes = new TreeSet<>();
    HttpRules rules =
        (HttpRules)
            Proxy.newProxyInstance(
                HttpRules.class.getClassLoader(),
                new Class<?>[] {HttpRules.class},
                (self, method, arguments) -> {
                  String name = method.getName();
                  if ((name.equals("get") || name.equals("post"))
                      && arguments[0] instanceof String path) {
                    routes.add(name + " " + path);
                  }
                  return self;
                });
    ServerContext context = new ServerContext(ServerOptions.builder().build(), new ModelSlot());
    for (HttpService service : Endpoints.all(context, new ServerMetrics())) {
      service.routing(rules);
    }
    routes.removeIf(route -> route.equals("get /") || route.startsWith("get /web/"));
    return routes;
  }

  @Test
  void everyRouteIsDescribedAndNothingElse() {
    Set<String> described = new TreeSet<>();
    JsonNode paths = description.path("paths");
    for (String path : paths.propertyNames()) {
      paths.path(path).propertyNames().forEach(method -> described.add(method + " " + path));
    }
    assertThat(described).isEqualTo(routes()).hasSizeGreaterThan(15);
  }

  @Test
  void everyStatusOfTheErrorsIsDescribedWhereABodyIsTaken() {
    JsonNode paths = description.path("paths");
    for (String path : paths.propertyNames()) {
      JsonNode post = paths.path(path).path("post");
      if (post.isObject()) {
        String anyType = path.startsWith("/api/") ? "200" : "415"; // Ollama's do not ask for one
        assertThat(post.path("responses").propertyNames())
            .as(path)
            .contains(
                "200", "400", "401", "403", "404", "405", "413", anyType, "429", "500", "503");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, ChatRequest",
    "/v1/completions, CompletionRequest",
    "/v1/embeddings, EmbeddingRequest"
  })
  void everyDescribedFieldIsNamedWhenItHasAnotherType(String path, String schema) {
    JsonNode fields =
        description.path("components").path("schemas").path(schema).path("properties");
    assertThat(fields.size()).isGreaterThan(3);
    for (String field : fields.propertyNames()) {
      String type = fields.path(field).path("type").asString("array"); // those of several types
      ObjectNode body =
          (ObjectNode)
              Json.read(
                  """
                  {"messages": [{"role": "user", "content": "Hi"}], "prompt": "Hi", "input": "Hi", "stream": true,
                   "max_tokens": 1}
                  """);
      body.set(field, Json.read("[" + WRONG.get(type) + "]").get(0));
      HttpResponse<String> response = server.post(path, Json.write(body));
      assertThat(response.statusCode()).as(field + response.body()).isEqualTo(400);
      assertThat(TestServer.error(response).path("param").asString()).isEqualTo(field);
    }
  }
}
