package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.EngineStatus;
import dev.sirocco.server.http.Json;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Ollama's API. */
class OllamaTest {

  private static final String CHAT =
      "\"model\":\"sirocco-tiny:latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Who are you?\"}]";
  private static final String SHORT = "\"options\":{\"num_predict\":6,\"temperature\":0}";

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** As curl sends it: without a content type that says JSON. */
  private static List<JsonNode> lines(String path, String body) {
    HttpResponse<String> response =
        TestServer.send(
            server
                .request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    return response.body().lines().map(Json::read).toList();
  }

  @Test
  void aWrongFieldIsToldAndNothingIsComputed() {
    for (String path : List.of("/api/chat", "/api/generate")) {
      HttpResponse<String> response =
          server.post(path, "{\"stream\":\"yes\",\"prompt\":\"Hi\"," + CHAT + "," + SHORT + "}");
      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(Json.read(response.body()).path("error").asString())
          .isEqualTo("stream is \"yes\"; wanted true or false");
      EngineStatus status = server.engine().status();
      assertThat(status.running() + status.queued()).isZero();
    }
  }

  @Test
  void aChatIsStreamedInLinesThatMakeUpTheWholeAnswer() {
    List<JsonNode> lines = lines("/api/chat", "{" + CHAT + "," + SHORT + "}");
    JsonNode whole = server.ok("/api/chat", "{\"stream\":false," + CHAT + "," + SHORT + "}");
    StringBuilder text = new StringBuilder();
    for (JsonNode line : lines) {
      assertThat(line.path("model").asString()).isEqualTo("sirocco-tiny:latest");
      assertThat(line.path("message").path("role").asString()).isEqualTo("assistant");
      text.append(line.path("message").path("content").asString());
    }
    assertThat(text.toString()).isEqualTo(whole.path("message").path("content").asString());
    for (JsonNode last : List.of(lines.getLast(), whole)) {
      assertThat(last.path("done").booleanValue()).isTrue();
      assertThat(last.path("done_reason").asString()).isEqualTo("length");
      assertThat(last.path("eval_count").intValue()).isEqualTo(6);
      assertThat(last.path("prompt_eval_count").intValue()).isPositive();
      assertThat(last.path("total_duration").longValue()).isPositive();
    }
    assertThat(lines.getFirst().path("done").booleanValue()).isFalse();
  }

  @Test
  void aTextIsGeneratedThroughTheChatFormatOrRaw() {
    String prompt = "{\"model\":\"sirocco-tiny\",\"prompt\":\"Once upon a\"," + SHORT;
    JsonNode chat = server.ok("/api/generate", prompt + ",\"stream\":false}");
    JsonNode raw = server.ok("/api/generate", prompt + ",\"stream\":false,\"raw\":true}");
    JsonNode same =
        server.ok(
            "/v1/completions",
            "{\"prompt\":\"Once upon a\",\"max_tokens\":6,\"temperature\":0,\"top_p\":0.9}");
    assertThat(raw.path("response").asString())
        .isEqualTo(same.path("choices").get(0).path("text").asString());
    assertThat(chat.path("prompt_eval_count").intValue())
        .isGreaterThan(raw.path("prompt_eval_count").intValue());
    assertThat(lines("/api/generate", prompt + "}").getLast().path("response").asString())
        .isEmpty();
  }

  @Test
  void anAnswerHasTheFormThatIsAskedFor() {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"ok\":{\"type\":\"boolean\"}},\"required\":[\"ok\"],\"additionalProperties\":false}";
    JsonNode answer =
        server.ok(
            "/api/chat",
            "{\"stream\":false,\"options\":{\"num_predict\":60,\"seed\":3},\"format\":"
                + schema
                + ","
                + CHAT
                + "}");
    assertThat(answer.path("done_reason").asString()).isEqualTo("stop");
    JsonNode content = Json.read(answer.path("message").path("content").asString());
    assertThat(content.path("ok").isBoolean()).isTrue();
    assertThat(content.size()).isEqualTo(1);
  }

  @Test
  void theModelIsListedAndShown() {
    JsonNode models = Json.read(server.get("/api/tags").body()).path("models");
    assertThat(models.get(0).path("name").asString()).isEqualTo("sirocco-tiny");
    assertThat(models.get(0).path("details").path("quantization_level").asString())
        .isEqualTo("Q8_0");
    JsonNode shown = server.ok("/api/show", "{\"model\":\"sirocco-tiny\"}");
    assertThat(shown.path("capabilities").get(0).asString()).isEqualTo("completion");
    assertThat(shown.path("model_info").path("general.parameter_count").longValue()).isPositive();
    assertThat(Json.read(server.get("/api/version").body()).path("version").isString()).isTrue();
  }

  @Test
  void anEmptyRequestOnlyLoadsTheModel() {
    JsonNode loaded = server.ok("/api/generate", "{\"model\":\"sirocco-tiny\"}");
    assertThat(loaded.path("done_reason").asString()).isEqualTo("load");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "/api/chat | {`messages`:[]} | 400 | model is missing",
        "/api/chat | {`model`:`other`} | 404 | the model 'other' is not served here",
        "/api/chat | {`model`:`sirocco-tiny`,`messages`:[{`role`:`user`,`content`:`a`,`images`:[`x`]}]} | 400 | messages[0].images is given, but these models read text only",
        "/api/chat | {`model`:`sirocco-tiny`,`format`:`xml`,`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | format is",
        "/api/chat | {`model`:`sirocco-tiny`,`options`:{`top_p`:0},`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | options.top_p is 0",
        "/api/chat | {`model`:`sirocco-tiny`,`options`:{`num_predict`:`x`},`messages`:[{`role`:`user`,`content`:`a`}]} | 400 | options.num_predict is",
        "/api/generate | {`model`:`sirocco-tiny`,`prompt`:`a`,`suffix`:`b`} | 400 | suffix is given",
        "/api/generate | {`model`:`sirocco-tiny`,`prompt`:`a`,`context`:[1]} | 400 | context is given",
        "/api/generate | [1] | 400 | wanted a JSON object"
      })
  void aBadRequestIsRefusedInOllamasForm(String path, String json, int status, String message) {
    HttpResponse<String> response = server.post(path, json.replace('`', '"'));
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(TestServer.error(response).asString()).contains(message);
  }
}
