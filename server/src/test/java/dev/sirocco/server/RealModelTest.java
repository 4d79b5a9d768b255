package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import dev.sirocco.testkit.Shared;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real chat model behind the server holds a conversation, over its own template. */
class RealModelTest {

  private static final String CAPITAL = "What is the capital of France?";
  private static final String AND_COUNTRY = "And which country is it in?";

  private static TestServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            Shared.path("models/SmolLM2-135M-Instruct.Q4_1.gguf"),
            ServingOptions.defaults(),
            ServerOptions.builder());
    client = Clients.openAi(server);
  }

  @AfterAll
  static void stop() {
    if (server != null) { // null where the model is absent and the tests are skipped
      client.close();
      server.close();
    }
  }

  private static ChatCompletionCreateParams.Builder asked(String question) {
    return ChatCompletionCreateParams.builder()
        .model(TestServer.MODEL)
        .temperature(0.0)
        .maxCompletionTokens(20)
        .addUserMessage(question);
  }

  private static String content(ChatCompletion answer) {
    return answer.choices().getFirst().message().content().orElseThrow();
  }

  @Test
  void openAisClientAsksASecondQuestionThatOnlyTheFirstAnswerExplains() {
    String first = content(client.chat().completions().create(asked(CAPITAL).build()));
    assertThat(first).contains("Paris");
    String alone = content(client.chat().completions().create(asked(AND_COUNTRY).build()));
    assertThat(alone).doesNotContain("France");

    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    ChatCompletionCreateParams second =
        asked(CAPITAL).addAssistantMessage(first).addUserMessage(AND_COUNTRY).stop(".").build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(second)) {
      stream.stream().forEach(accumulator::accumulate);
    }
    ChatCompletion.Choice answer = accumulator.chatCompletion().choices().getFirst();
    assertThat(answer.message().content().orElseThrow()).contains("France").doesNotContain(".");
    assertThat(answer.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
  }

  @Test
  void openAisClientGetsJsonThatMakesSense() {
    ResponseFormatJsonSchema.JsonSchema.Schema schema =
        ResponseFormatJsonSchema.JsonSchema.Schema.builder()
            .putAdditionalProperty("type", JsonValue.from("object"))
            .putAdditionalProperty(
                "properties",
                JsonValue.from(Map.of("capital", Map.of("type", "string", "maxLength", 30))))
            .putAdditionalProperty("required", JsonValue.from(List.of("capital")))
            .putAdditionalProperty("additionalProperties", JsonValue.from(false))
            .build();
    ChatCompletionCreateParams params =
        asked(CAPITAL)
            .maxCompletionTokens(60)
            .responseFormat(
                ResponseFormatJsonSchema.builder()
                    .jsonSchema(
                        ResponseFormatJsonSchema.JsonSchema.builder()
                            .name("answer")
                            .schema(schema)
                            .build())
                    .build())
            .build();
    assertThat(
            Json.read(content(client.chat().completions().create(params)))
                .path("capital")
                .asString())
        .contains("Paris");
  }

  @Test
  void langChain4jStreamsASecondQuestionAndStopsBeforeAText() throws Exception {
    OpenAiStreamingChatModel model =
        OpenAiStreamingChatModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey("not-needed")
            .modelName(TestServer.MODEL)
            .temperature(0.0)
            .maxTokens(20)
            .stop(List.of("."))
            .build();
    Clients.Streamed streamed =
        Clients.stream(
            model,
            UserMessage.from(CAPITAL),
            AiMessage.from("The capital of France is Paris."),
            UserMessage.from(AND_COUNTRY));
    assertThat(streamed.response().aiMessage().text()).isEqualTo(streamed.text());
    assertThat(streamed.text()).contains("France").doesNotContain(".");
  }

  @Test
  void langChain4jGetsJsonThatMakesSense() {
    OpenAiChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey("not-needed")
            .modelName(TestServer.MODEL)
            .temperature(0.0)
            .maxTokens(60)
            .strictJsonSchema(true)
            .supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
            .build();
    ChatResponse answer =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from(CAPITAL))
                .responseFormat(
                    ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(
                            JsonSchema.builder()
                                .name("answer")
                                .rootElement(
                                    JsonObjectSchema.builder()
                                        .addStringProperty("capital")
                                        .required("capital")
                                        .build())
                                .build())
                        .build())
                .build());
    assertThat(Json.read(answer.aiMessage().text()).path("capital").asString()).contains("Paris");
  }
}
