package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.sirocco.server.http.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** OpenAI's own Java client works with the server. */
class OpenAiClientTest {

  private static TestServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    server = TestServer.start();
    client = Clients.openAi(server);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder()
        .model(TestServer.MODEL)
        .addSystemMessage("You tell tales.")
        .addUserMessage("Tell one.")
        .putAdditionalBodyProperty("seed", JsonValue.from(7))
        .maxCompletionTokens(8);
  }

  @Test
  void aChatIsAnsweredWithLogProbabilities() {
    ChatCompletion answer =
        client.chat().completions().create(chat().logprobs(true).topLogprobs(2).build());
    ChatCompletion.Choice choice = answer.choices().getFirst();
    assertThat(choice.message().content()).isPresent();
    assertThat(answer.usage().orElseThrow().completionTokens()).isBetween(1L, 8L);
    assertThat(choice.logprobs().orElseThrow().content().orElseThrow())
        .isNotEmpty()
        .allSatisfy(token -> assertThat(token.topLogprobs()).hasSize(2));
  }

  @Test
  void aStreamedAnswerIsTheWholeOne() {
    ChatCompletion whole = client.chat().completions().create(chat().build());
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    ChatCompletionCreateParams params =
        chat()
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(params)) {
      stream.stream().forEach(accumulator::accumulate);
    }
    ChatCompletion streamed = accumulator.chatCompletion();
    assertThat(streamed.choices().getFirst().message().content())
        .isEqualTo(whole.choices().getFirst().message().content());
    assertThat(streamed.choices().getFirst().finishReason())
        .isEqualTo(whole.choices().getFirst().finishReason());
    assertThat(streamed.usage().orElseThrow().totalTokens())
        .isEqualTo(whole.usage().orElseThrow().totalTokens());
  }

  @Test
  void anAnswerFollowsAJsonSchema() {
    ResponseFormatJsonSchema.JsonSchema.Schema schema =
        ResponseFormatJsonSchema.JsonSchema.Schema.builder()
            .putAdditionalProperty("type", JsonValue.from("object"))
            .putAdditionalProperty(
                "properties", JsonValue.from(Map.of("wolf", Map.of("type", "boolean"))))
            .putAdditionalProperty("required", JsonValue.from(List.of("wolf")))
            .putAdditionalProperty("additionalProperties", JsonValue.from(false))
            .build();
    ChatCompletionCreateParams params =
        chat()
            .maxCompletionTokens(300)
            .responseFormat(
                ResponseFormatJsonSchema.builder()
                    .jsonSchema(
                        ResponseFormatJsonSchema.JsonSchema.builder()
                            .name("tale")
                            .schema(schema)
                            .build())
                    .build())
            .build();
    ChatCompletion answer = client.chat().completions().create(params);
    String content = answer.choices().getFirst().message().content().orElseThrow();
    assertThat(Json.read(content).path("wolf").isBoolean()).isTrue();
  }

  @Test
  void textsAreContinuedAndEmbedded() {
    assertThat(
            client
                .completions()
                .create(
                    CompletionCreateParams.builder()
                        .model(TestServer.MODEL)
                        .prompt("Once upon a")
                        .maxTokens(4)
                        .build())
                .choices()
                .getFirst()
                .text())
        .isNotEmpty();
    CreateEmbeddingResponse embeddings =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model(TestServer.MODEL)
                    .inputOfArrayOfStrings(List.of("a king", "a queen"))
                    .build());
    assertThat(embeddings.data()).hasSize(2);
    assertThat(embeddings.data().get(1).embedding()).hasSize(server.model().config().dim());
  }

  @Test
  void modelsAreListed() {
    assertThat(client.models().list().data().getFirst().id()).isEqualTo(TestServer.MODEL);
  }

  @Test
  void errorsAreTheClientsOwn() {
    assertThatThrownBy(() -> client.chat().completions().create(chat().model("gpt-5").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("gpt-5");
    assertThatThrownBy(() -> client.chat().completions().create(chat().temperature(9.0).build()))
        .isInstanceOfSatisfying(
            BadRequestException.class, e -> assertThat(e.param()).hasValue("temperature"));
  }
}
