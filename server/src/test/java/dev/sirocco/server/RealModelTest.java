package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import dev.sirocco.testkit.Shared;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** A real chat model behind the server holds a conversation over its own template. */
class RealModelTest {

  private static final String CHAT = "/v1/chat/completions";

  @Test
  void smolLm2AnswersTwoTurnsStreamsStopsAndWritesJson() {
    try (TestServer server =
        TestServer.start(
            Shared.path("models/SmolLM2-135M-Instruct.Q4_1.gguf"),
            ServingOptions.defaults(),
            ServerOptions.builder())) {
      String question = "{\"role\":\"user\",\"content\":\"What is the capital of France?\"}";
      JsonNode first =
          server.ok(
              CHAT, "{\"temperature\":0,\"max_tokens\":20,\"messages\":[%s]}".formatted(question));
      String answer = first.path("choices").get(0).path("message").path("content").asString();
      assertThat(answer).contains("Paris");
      String both =
          "\"messages\":[%s,{\"role\":\"assistant\",\"content\":%s},{\"role\":\"user\",\"content\":\"And which country is it in?\"}]"
              .formatted(question, Json.write(StringNode.valueOf(answer)));
      List<JsonNode> events =
          ChatCompletionsTest.events(
              server.post(
                  CHAT,
                  "{\"temperature\":0,\"max_tokens\":20,\"stream\":true,\"stop\":\".\",%s}"
                      .formatted(both)));
      String second =
          events.stream()
              .map(e -> e.path("choices").path(0).path("delta").path("content").asString(""))
              .collect(Collectors.joining());
      assertThat(second).contains("France").doesNotContain(".");
      JsonNode json =
          server.ok(
              CHAT,
              "{\"temperature\":0,\"max_tokens\":60,\"messages\":[%s],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"c\",\"schema\":{\"type\":\"object\",\"properties\":{\"capital\":{\"type\":\"string\",\"maxLength\":30}},\"required\":[\"capital\"],\"additionalProperties\":false}}}}"
                  .formatted(question));
      String content = json.path("choices").get(0).path("message").path("content").asString();
      assertThat(Json.read(content).path("capital").asString()).contains("Paris");
    }
  }
}
