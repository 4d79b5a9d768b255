package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.server.http.Json;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code /v1/chat/completions}: the form of its answers, and what it says to wrong fields. */
class ChatCompletionsTest {

  private static final String CHAT = "/v1/chat/completions";
  private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String hello(String fields) {
    return "{%s,\"seed\":1,%s}".formatted(HELLO, fields);
  }

  /** The data of a stream's events, the last of which has to be {@code [DONE]}. */
  static List<JsonNode> events(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
    List<String> data =
        response
            .body()
            .lines()
            .filter(line -> line.startsWith("data: "))
            .map(line -> line.substring(6))
            .toList();
    assertThat(data.getLast()).isEqualTo("[DONE]");
    return data.subList(0, data.size() - 1).stream().map(Json::read).toList();
  }

  @Test
  void anAnswerHasTheFormOfOpenAis() {
    JsonNode answer = server.ok(CHAT, hello("\"model\":\"sirocco-tiny\",\"max_tokens\":5"));
    assertThat(answer.path("object").asString()).isEqualTo("chat.completion");
    assertThat(answer.path("id").asString()).startsWith("chatcmpl-");
    assertThat(answer.path("model").asString()).isEqualTo("sirocco-tiny");
    JsonNode choice = answer.path("choices").get(0);
    assertThat(choice.path("index").intValue()).isZero();
    assertThat(choice.path("message").path("role").asString()).isEqualTo("assistant");
    assertThat(choice.path("message").path("content").isString()).isTrue();
    assertThat(choice.path("finish_reason").asString()).isEqualTo("length");
    JsonNode usage = answer.path("usage");
    assertThat(usage.path("completion_tokens").intValue()).isEqualTo(5);
    assertThat(usage.path("total_tokens").intValue())
        .isEqualTo(usage.path("prompt_tokens").intValue() + 5);
    assertThat(usage.path("prompt_tokens_details").path("cached_tokens").isInt()).isTrue();
  }

  @Test
  void aStreamBringsTheRoleOnceTheTextAndTheReasonOnceAndSaysTheSame() {
    JsonNode whole = server.ok(CHAT, hello("\"max_tokens\":12"));
    List<JsonNode> events =
        events(
            server.post(
                CHAT,
                hello(
                    "\"max_tokens\":12,\"stream\":true,\"stream_options\":{\"include_usage\":true}")));
    List<JsonNode> choices =
        events.stream().map(e -> e.path("choices").path(0)).filter(JsonNode::isObject).toList();
    assertThat(choices.stream().filter(c -> c.path("delta").has("role"))).hasSize(1);
    assertThat(choices.getFirst().path("delta").path("role").asString()).isEqualTo("assistant");
    assertThat(choices.stream().filter(c -> !c.path("finish_reason").isNull())).hasSize(1);
    assertThat(choices.getLast().path("finish_reason").asString()).isEqualTo("length");
    String text =
        choices.stream()
            .map(c -> c.path("delta").path("content").asString(""))
            .collect(Collectors.joining());
    assertThat(text)
        .isEqualTo(whole.path("choices").get(0).path("message").path("content").asString());
    JsonNode last = events.getLast();
    assertThat(last.path("choices").size()).isZero();
    assertThat(last.path("usage").path("completion_tokens").intValue()).isEqualTo(12);
    assertThat(events.subList(0, events.size() - 1)).allMatch(e -> e.path("usage").isNull());
    assertThat(events.stream().map(e -> e.path("id").asString()).distinct()).hasSize(1);
  }

  @Test
  void aStreamWithoutStreamOptionsDoesNotTellUsage() {
    List<JsonNode> events = events(server.post(CHAT, hello("\"max_tokens\":2,\"stream\":true")));
    assertThat(events).noneMatch(e -> e.has("usage"));
  }

  @Test
  void severalAnswersAreNumberedAndTheFirstIsTheOneAlone() {
    JsonNode one = server.ok(CHAT, hello("\"max_tokens\":6"));
    JsonNode three = server.ok(CHAT, hello("\"max_tokens\":6,\"n\":3"));
    List<Integer> indices = new ArrayList<>();
    three.path("choices").forEach(c -> indices.add(c.path("index").intValue()));
    assertThat(indices).containsExactly(0, 1, 2);
    assertThat(three.path("choices").get(0).path("message"))
        .isEqualTo(one.path("choices").get(0).path("message"));
    assertThat(three.path("usage").path("completion_tokens").intValue()).isEqualTo(18);
  }

  @Test
  void logProbabilitiesComeWithTheBytesOfTheTokensThatMakeUpTheText() {
    JsonNode answer =
        server.ok(
            CHAT,
            hello("\"max_tokens\":8,\"ignore_eos\":true,\"logprobs\":true,\"top_logprobs\":3"));
    JsonNode choice = answer.path("choices").get(0);
    JsonNode content = choice.path("logprobs").path("content");
    assertThat(content.size()).isEqualTo(8);
    StringBuilder text = new StringBuilder();
    for (JsonNode token : content) {
      text.append(token.path("token").asString());
      assertThat(token.path("logprob").doubleValue()).isLessThanOrEqualTo(0);
      assertThat(token.path("top_logprobs").size()).isEqualTo(3);
      assertThat(token.path("top_logprobs").get(0).path("logprob").doubleValue())
          .isGreaterThanOrEqualTo(token.path("logprob").doubleValue());
    }
    assertThat(text.toString().strip())
        .isEqualTo(choice.path("message").path("content").asString().strip());
  }

  @Test
  void anAnswerBySchemaIsJsonThatFitsIt() {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"age\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":99},\"ok\":{\"type\":\"boolean\"}},\"required\":[\"age\",\"ok\"],\"additionalProperties\":false}";
    JsonNode complete = // the small model may prefer white space until it is cut off
        IntStream.range(0, 20)
            .mapToObj(
                seed ->
                    server.ok(
                        CHAT,
                        "{%s,\"seed\":%d,\"max_tokens\":60,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"p\",\"schema\":%s}}}"
                            .formatted(HELLO, seed, schema)))
            .map(answer -> answer.path("choices").get(0))
            .filter(choice -> choice.path("finish_reason").asString().equals("stop"))
            .findFirst()
            .orElseThrow();
    JsonNode value = Json.read(complete.path("message").path("content").asString());
    assertThat(value.path("age").intValue()).isBetween(1, 99);
    assertThat(value.path("ok").isBoolean()).isTrue();
    assertThat(value.size()).isEqualTo(2);
  }

  @Test
  void aGrammarAndARegularExpressionAreFollowed() {
    JsonNode regex = server.ok(CHAT, hello("\"max_tokens\":20,\"regex\":\"[0-9]{3}-[a-f]{2}\""));
    assertThat(regex.path("choices").get(0).path("message").path("content").asString())
        .matches("[0-9]{3}-[a-f]{2}");
    JsonNode grammar =
        server.ok(
            CHAT, hello("\"max_tokens\":20,\"grammar\":\"root ::= \\\"yes\\\" | \\\"no\\\"\""));
    assertThat(grammar.path("choices").get(0).path("message").path("content").asString())
        .isIn("yes", "no");
  }

  @Test
  void aStopTextEndsTheAnswerAndIsNotPartOfIt() {
    String whole =
        server
            .ok(CHAT, hello("\"max_tokens\":12,\"ignore_eos\":true"))
            .path("choices")
            .get(0)
            .path("message")
            .path("content")
            .asString();
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
    JsonNode cut =
        server.ok(
            CHAT,
            hello(
                "\"max_tokens\":12,\"ignore_eos\":true,\"stop\":"
                    + Json.write(Json.array().add(stop))));
    JsonNode choice = cut.path("choices").get(0);
    assertThat(choice.path("message").path("content").asString())
        .isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(choice.path("finish_reason").asString()).isEqualTo("stop");
  }

  @Test
  void routingTellsTheExpertsOfEveryTokenInEveryLayer() {
    JsonNode answer =
        server.ok(CHAT, hello("\"max_tokens\":4,\"ignore_eos\":true,\"routing\":true"));
    JsonNode routing = answer.path("sirocco").path("routing");
    assertThat(routing.size()).isEqualTo(4);
    assertThat(routing.get(0).size()).isEqualTo(4);
    assertThat(routing.get(0).get(0).size()).isEqualTo(2);
    assertThat(routing.get(0).get(0).get(0).get(0).intValue()).isBetween(0, 7);
  }

  @Test
  void theGuardrailMakesThePromptLonger() {
    int without =
        server.ok(CHAT, hello("\"max_tokens\":1")).path("usage").path("prompt_tokens").intValue();
    int with =
        server
            .ok(CHAT, hello("\"max_tokens\":1,\"safe_prompt\":true"))
            .path("usage")
            .path("prompt_tokens")
            .intValue();
    assertThat(with).isGreaterThan(without + 20);
  }

  @Test
  void anAssistantsLastMessageIsContinuedWhereItIsAPrefix() {
    JsonNode answer =
        server.ok(
            CHAT,
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Once"
                + " upon\",\"prefix\":true}],\"max_tokens\":3}");
    assertThat(answer.path("choices").get(0).path("message").path("content").asString())
        .startsWith("Once upon");
  }

  @Test
  void unknownFieldsAndNullsAreIgnored() {
    server.ok(
        CHAT,
        hello(
            "\"max_tokens\":1,\"store\":true,\"metadata\":{\"a\":1},\"temperature\":null,\"user\":\"u\",\"stop\":null"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          temperature | "temperature":-1
          temperature | "temperature":1e308
          temperature | "temperature":"hot"
          top_p | "top_p":0
          top_p | "top_p":1.5
          n | "n":1000000
          n | "n":0
          n | "n":1.5
          max_tokens | "max_tokens":2147483648
          max_tokens | "max_tokens":-1
          max_completion_tokens | "max_completion_tokens":99999999999999999999
          top_logprobs | "logprobs":true,"top_logprobs":100000
          top_logprobs | "top_logprobs":2
          presence_penalty | "presence_penalty":3
          logit_bias | "logit_bias":{"99999999":1}
          logit_bias | "logit_bias":{"-1":1}
          logit_bias.5 | "logit_bias":{"5":1000}
          stop | "stop":[""]
          stop[0] | "stop":[1]
          stop | "stop":7
          stream | "stream":"yes"
          stream_options | "stream_options":{"include_usage":true}
          seed | "seed":1.5
          random_seed | "random_seed":-1
          random_seed | "seed":1,"random_seed":"a"
          user | "user":5
          response_format.type | "response_format":{"type":"xml"}
          response_format.type | "response_format":{}
          response_format.json_schema | "response_format":{"type":"json_schema"}
          response_format.json_schema.name | "response_format":{"type":"json_schema","json_schema":{"name":5,"schema":{}}}
          response_format.json_schema.strict | "response_format":{"type":"json_schema","json_schema":{"strict":"a","schema":{}}}
          response_format.json_schema.schema | "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"sausage"}}}
          grammar | "grammar":"root ::= root"
          regex | "regex":"(((a"
          regex | "regex":"a","response_format":{"type":"json_object"}
          tool_choice | "tool_choice":"perhaps"
          tools | "tools":5
          experts_per_token | "experts_per_token":9
          min_p | "min_p":2
          repetition_penalty | "repetition_penalty":0
          logprobs | "logprobs":3
          """)
  void aWrongFieldIsNamed(String param, String field) {
    HttpResponse<String> response = server.post(CHAT, "{%s,%s}".formatted(HELLO, field));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    JsonNode error = TestServer.error(response);
    assertThat(error.path("param").asString()).isEqualTo(param);
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
    assertThat(error.path("message").asString()).isNotEmpty();
    assertThat(error.has("code")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          messages | {}
          messages | {"messages":[]}
          messages | {"messages":"Hi"}
          messages[0].role | {"messages":[{"role":"king","content":"Hi"}]}
          messages[0].content | {"messages":[{"role":"user","content":5}]}
          messages[0] | {"messages":["Hi"]}
          messages[0].content[0].type | {"messages":[{"role":"user","content":[{"type":"image_url"}]}]}
          """)
  void aWrongConversationIsNamed(String param, String body) {
    HttpResponse<String> response = server.post(CHAT, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(TestServer.error(response).path("param").asString()).isEqualTo(param);
  }

  @Test
  void anotherModelsNameIsNotFound() {
    HttpResponse<String> response = server.post(CHAT, hello("\"model\":\"gpt-5\""));
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(TestServer.error(response).path("code").asString()).isEqualTo("model_not_found");
  }

  @Test
  void aPromptLongerThanTheContextIsRefused() {
    HttpResponse<String> response =
        server.post(
            CHAT,
            "{\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                .formatted("word ".repeat(5000)));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(TestServer.error(response).path("message").asString()).contains("context");
  }
}
