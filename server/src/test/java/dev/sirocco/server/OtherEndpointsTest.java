package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** All endpoints but the chat's. */
class OtherEndpointsTest {

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String completion(String fields) {
    return "{\"max_tokens\":6,\"temperature\":0,%s}".formatted(fields);
  }

  private static List<String> texts(JsonNode answer) {
    List<String> texts = new ArrayList<>();
    answer.path("choices").forEach(c -> texts.add(c.path("text").asString()));
    return texts;
  }

  @Test
  void aTextAndItsTokensAreContinuedAlike() {
    JsonNode text = server.ok("/v1/completions", completion("\"prompt\":\"Once upon a\""));
    JsonNode tokens =
        server.ok("/tokenize", "{\"content\":\"Once upon a\",\"add_special\":true}").path("tokens");
    JsonNode ids = server.ok("/v1/completions", completion("\"prompt\":" + Json.write(tokens)));
    assertThat(text.path("object").asString()).isEqualTo("text_completion");
    assertThat(texts(ids)).isEqualTo(texts(text)).hasSize(1);
    assertThat(text.path("usage").path("prompt_tokens").intValue()).isEqualTo(tokens.size());
  }

  @Test
  void severalPromptsAreContinuedEachAsAlone() {
    JsonNode both =
        server.ok(
            "/v1/completions", completion("\"n\":2,\"prompt\":[\"Once upon a\",\"The king\"]"));
    String first =
        texts(server.ok("/v1/completions", completion("\"prompt\":\"Once upon a\""))).getFirst();
    String second =
        texts(server.ok("/v1/completions", completion("\"prompt\":\"The king\""))).getFirst();
    assertThat(texts(both)).containsExactly(first, first, second, second);
    assertThat(both.path("choices").get(3).path("index").intValue()).isEqualTo(3);
  }

  @Test
  void anEchoRepeatsThePrompt() {
    JsonNode answer =
        server.ok("/v1/completions", completion("\"echo\":true,\"prompt\":\"Once upon a\""));
    assertThat(texts(answer).getFirst()).startsWith("Once upon a");
  }

  @Test
  void streamedCompletionsSayTheSameAsWholeOnes() {
    String fields = "\"prompt\":[\"Once upon a\",\"The king\"],\"logprobs\":2";
    JsonNode whole = server.ok("/v1/completions", completion(fields));
    List<JsonNode> events =
        ChatCompletionsTest.events(
            server.post("/v1/completions", completion(fields + ",\"stream\":true")));
    for (int i = 0; i < 2; i++) {
      int index = i;
      String text =
          events.stream()
              .map(e -> e.path("choices").get(0))
              .filter(c -> c.path("index").intValue() == index)
              .map(c -> c.path("text").asString())
              .collect(Collectors.joining());
      assertThat(text).isEqualTo(texts(whole).get(i));
    }
    JsonNode logprobs = whole.path("choices").get(0).path("logprobs");
    assertThat(logprobs.path("tokens").size()).isEqualTo(logprobs.path("token_logprobs").size());
    assertThat(logprobs.path("text_offset").get(0).intValue()).isZero();
    assertThat(logprobs.path("top_logprobs").get(0).size()).isEqualTo(2);
  }

  @Test
  void wrongPromptsAreNamed() {
    for (String prompt : List.of("5", "[]", "[1,\"a\"]", "[[1],5]", "[99999999]", "[-1]", "{}")) {
      HttpResponse<String> response =
          server.post("/v1/completions", completion("\"prompt\":" + prompt));
      assertThat(response.statusCode()).as(prompt + response.body()).isEqualTo(400);
      assertThat(TestServer.error(response).path("param").asString()).startsWith("prompt");
    }
    assertThat(server.post("/v1/completions", "{}").statusCode()).isEqualTo(400);
  }

  @Test
  void embeddingsHaveLengthOneAndAreTheSameInBothEncodings() {
    JsonNode floats = server.ok("/v1/embeddings", "{\"input\":[\"a king\",\"a queen\"]}");
    JsonNode base64 =
        server.ok("/v1/embeddings", "{\"input\":\"a king\",\"encoding_format\":\"base64\"}");
    JsonNode vector = floats.path("data").get(0).path("embedding");
    ByteBuffer bytes =
        ByteBuffer.wrap(
                Base64.getDecoder().decode(base64.path("data").get(0).path("embedding").asString()))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(vector.size()).isEqualTo(server.model().config().dim());
    double square = 0;
    for (JsonNode value : vector) {
      assertThat(value.floatValue()).isCloseTo(bytes.getFloat(), within(1e-6f));
      square += value.doubleValue() * value.doubleValue();
    }
    assertThat(square).isCloseTo(1, within(1e-4));
    assertThat(floats.path("data").get(1).path("index").intValue()).isEqualTo(1);
    assertThat(floats.path("usage").path("prompt_tokens").intValue()).isPositive();
    assertThat(server.post("/v1/embeddings", "{\"input\":\"a\",\"dimensions\":3}").statusCode())
        .isEqualTo(400);
  }

  @Test
  void modelsListsTheServedOneAndItsAliases() {
    try (TestServer other =
        TestServer.start(
            ServingOptions.defaults(), ServerOptions.builder().aliases(List.of("gpt-4o")))) {
      JsonNode models = Json.read(other.get("/v1/models").body());
      assertThat(models.path("data").get(0).path("id").asString()).isEqualTo(TestServer.MODEL);
      assertThat(models.path("data").get(1).path("id").asString()).isEqualTo("gpt-4o");
      assertThat(other.get("/v1/models/gpt-4o").statusCode()).isEqualTo(200);
      assertThat(
              other
                  .ok("/v1/completions", completion("\"model\":\"gpt-4o\",\"prompt\":\"A\""))
                  .path("model")
                  .asString())
          .isEqualTo("gpt-4o");
      assertThat(other.get("/v1/models/nobody").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void textsBecomeTokensAndBack() {
    JsonNode tokens = server.ok("/tokenize", "{\"content\":\"Grüße, 世界\"}").path("tokens");
    JsonNode back = server.ok("/detokenize", "{\"tokens\":%s}".formatted(Json.write(tokens)));
    assertThat(back.path("content").asString()).isEqualTo("Grüße, 世界");
    JsonNode pieces =
        server.ok("/tokenize", "{\"content\":\"a 世\",\"with_pieces\":true}").path("tokens");
    assertThat(pieces.get(0).path("id").isInt()).isTrue();
    assertThat(pieces.get(0).path("piece").isString()).isTrue();
    assertThat(server.post("/detokenize", "{\"tokens\":[4096]}").statusCode()).isEqualTo(400);
  }

  @Test
  void aTemplateIsAppliedWithoutAnswering() {
    JsonNode answer =
        server.ok(
            "/apply-template", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi there\"}]}");
    assertThat(answer.path("prompt").asString()).contains("Hi there");
  }

  @Test
  void theAppliedTemplateIsThePromptThatTheModelSees() {
    String messages =
        "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Once upon\",\"prefix\":true}],\"safe_prompt\":true";
    String prompt = server.ok("/apply-template", "{" + messages + "}").path("prompt").asString();
    assertThat(prompt).startsWith("Always assist with care").endsWith("Once upon");
    JsonNode tokens =
        server
            .ok(
                "/tokenize",
                "{\"add_special\":true,\"content\":%s}"
                    .formatted(Json.write(StringNode.valueOf(prompt))))
            .path("tokens");
    JsonNode usage =
        server.ok("/v1/chat/completions", "{\"max_tokens\":1," + messages + "}").path("usage");
    assertThat(usage.path("prompt_tokens").intValue()).isEqualTo(tokens.size());
  }

  @Test
  void metricsCountWhatWasAnswered() {
    server.ok("/v1/completions", completion("\"prompt\":\"Once\""));
    String metrics = server.get("/metrics").body();
    for (String name :
        List.of(
            "sirocco_requests{state=\"queued\"} 0.0",
            "sirocco_requests{state=\"running\"}",
            "sirocco_queue_time_seconds_count",
            "sirocco_time_to_first_token_seconds_bucket",
            "sirocco_inter_token_time_seconds_count",
            "sirocco_prompt_tokens_total",
            "sirocco_generated_tokens_total",
            "sirocco_kv_blocks{state=\"used\"}",
            "sirocco_prefix_hit_tokens_total",
            "sirocco_preemptions_total",
            "sirocco_batch_size_count",
            "sirocco_expert_tokens_total{expert=\"7\",layer=\"3\"}",
            "sirocco_answers_total{reason=\"error\"} 0.0",
            "sirocco_http_requests_seconds_count{status=\"200\"}")) {
      assertThat(metrics).contains(name);
    }
    double generated =
        metrics
            .lines()
            .filter(line -> line.startsWith("sirocco_generated_tokens_total "))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
            .findFirst()
            .orElseThrow();
    assertThat(generated).isGreaterThanOrEqualTo(6);
  }

  @Test
  void everyDescribedPathIsThere() {
    JsonNode paths = Json.read(server.get("/openapi.json").body()).path("paths");
    for (String path : paths.propertyNames()) {
      String concrete = path.replace("{id}", TestServer.MODEL);
      if (paths.path(path).has("post")) {
        HttpResponse<String> response = server.post(concrete, "[]");
        assertThat(response.statusCode()).as(path + response.body()).isEqualTo(400);
        assertThat(server.get(concrete).statusCode()).as(path).isEqualTo(405);
      } else {
        assertThat(server.get(concrete).statusCode()).as(path).isEqualTo(200);
        assertThat(server.post(concrete, "{}").statusCode()).as(path).isEqualTo(405);
      }
    }
    HttpResponse<String> nowhere = server.get("/v1/nowhere");
    assertThat(nowhere.statusCode()).isEqualTo(404);
    assertThat(TestServer.error(nowhere).path("type").asString())
        .isEqualTo("invalid_request_error");
  }
}
