package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.server.http.Json;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Anthropic's Messages API. */
class AnthropicTest {

  private static final String ASK =
      "\"model\":\"sirocco-tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Who are you?\"}]";

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String body(String fields) {
    return "{\"max_tokens\":8,\"temperature\":0,%s}".formatted(fields);
  }

  @Test
  void anAnswerIsAMessageOfBlocks() {
    JsonNode message = server.ok("/v1/messages", body(ASK));
    assertThat(message.path("type").asString()).isEqualTo("message");
    assertThat(message.path("role").asString()).isEqualTo("assistant");
    assertThat(message.path("id").asString()).startsWith("msg_");
    assertThat(message.path("content").get(0).path("type").asString()).isEqualTo("text");
    assertThat(message.path("stop_reason").asString()).isEqualTo("max_tokens");
    assertThat(message.path("stop_sequence").isNull()).isTrue();
    assertThat(message.path("usage").path("output_tokens").intValue()).isEqualTo(8);
    JsonNode counted = server.ok("/v1/messages/count_tokens", "{" + ASK + "}");
    int prompt =
        message.path("usage").path("input_tokens").intValue()
            + message.path("usage").path("cache_read_input_tokens").intValue();
    assertThat(counted.path("input_tokens").intValue()).isEqualTo(prompt).isPositive();
  }

  @Test
  void systemPromptAndTextsMayBeBlocks() {
    String text =
        "[{\"type\":\"text\",\"text\":\"Who are \"},{\"type\":\"text\",\"text\":\"you?\"}]";
    String blocks =
        "\"model\":\"sirocco-tiny\",\"system\":[{\"type\":\"text\",\"text\":\"Be brief.\"}],"
            + "\"messages\":[{\"role\":\"user\",\"content\":"
            + text
            + "}]";
    JsonNode asBlocks = server.ok("/v1/messages", body(blocks));
    JsonNode asText = server.ok("/v1/messages", body(ASK + ",\"system\":\"Be brief.\""));
    assertThat(asBlocks.path("content")).isEqualTo(asText.path("content"));
  }

  @Test
  void eventsComeInTheOrderOfTheApiAndMakeUpTheSameAnswer() {
    JsonNode whole = server.ok("/v1/messages", body(ASK));
    HttpResponse<String> response = server.post("/v1/messages", body(ASK + ",\"stream\":true"));
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    List<JsonNode> events =
        response
            .body()
            .lines()
            .filter(line -> line.startsWith("data: "))
            .map(line -> Json.read(line.substring(6)))
            .toList();
    List<String> names =
        response
            .body()
            .lines()
            .filter(line -> line.startsWith("event: "))
            .map(line -> line.substring(7))
            .toList();
    List<String> types = events.stream().map(e -> e.path("type").asString()).toList();
    assertThat(names).isEqualTo(types);
    assertThat(types.stream().distinct())
        .containsExactly(
            "message_start",
            "ping",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop");
    StringBuilder text = new StringBuilder();
    events.forEach(e -> text.append(e.path("delta").path("text").asString("")));
    assertThat(text.toString()).isEqualTo(whole.path("content").get(0).path("text").asString());
    JsonNode last = events.get(events.size() - 2);
    assertThat(last.path("delta").path("stop_reason").asString()).isEqualTo("max_tokens");
    assertThat(last.path("usage").path("output_tokens").intValue()).isEqualTo(8);
  }

  @Test
  void aStopSequenceEndsTheAnswerAndIsTold() {
    String text =
        server.ok("/v1/messages", body(ASK)).path("content").get(0).path("text").asString();
    String stop = text.strip().substring(1, 3);
    JsonNode stopped =
        server.ok(
            "/v1/messages",
            body(ASK + ",\"stop_sequences\":[" + Json.write(Json.array().add(stop).get(0)) + "]"));
    assertThat(stopped.path("stop_reason").asString()).isEqualTo("stop_sequence");
    assertThat(stopped.path("stop_sequence").asString()).isEqualTo(stop);
  }

  @Test
  void anAssistantsLastMessageIsContinued() {
    String begun =
        "\"model\":\"sirocco-tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Who are you?\"},"
            + "{\"role\":\"assistant\",\"content\":\"I am\"}]";
    JsonNode message = server.ok("/v1/messages", body(begun));
    assertThat(message.path("content").get(0).path("text").asString()).doesNotStartWith("I am");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{`model`:`sirocco-tiny`,`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | invalid_request_error | max_tokens is missing",
        "{`model`:`other`,`max_tokens`:1,`messages`:[{`role`:`user`,`content`:`a`}]} | 404 | not_found_error | the model 'other' is not served here",
        "{`model`:`sirocco-tiny`,`max_tokens`:1,`messages`:[]} | 400 | invalid_request_error | messages is missing",
        "{`model`:`sirocco-tiny`,`max_tokens`:1,`messages`:[{`role`:`system`,`content`:`a`}]} | 400 | invalid_request_error | messages[0].role is",
        "{`model`:`sirocco-tiny`,`max_tokens`:1,`messages`:[{`role`:`user`,`content`:[{`type`:`image`}]}]} | 400 | invalid_request_error | these models read text only",
        "{`model`:`sirocco-tiny`,`max_tokens`:1,`tools`:[{`name`:`f`}],`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | invalid_request_error | tools[0].input_schema is missing",
        "{`model`:`sirocco-tiny`,`max_tokens`:1,`tools`:[{`name`:`f`,`input_schema`:{}}],`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | invalid_request_error | has no calls of tools that are known of",
        "{`model`:`sirocco-tiny`,`max_tokens`:1,`tool_choice`:{`type`:`any`},`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | invalid_request_error | tool_choice asks for a call, but there are no tools",
        "{`model`:`sirocco-tiny`,`max_tokens`:1,`temperature`:2,`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | invalid_request_error | temperature is 2"
      })
  void aBadRequestIsRefusedInAnthropicsForm(String json, int status, String type, String message) {
    HttpResponse<String> response = server.post("/v1/messages", json.replace('`', '"'));
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(Json.read(response.body()).path("type").asString()).isEqualTo("error");
    assertThat(TestServer.error(response).path("type").asString()).isEqualTo(type);
    assertThat(TestServer.error(response).path("message").asString()).contains(message);
  }
}
