package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import dev.langchain4j.model.ollama.OllamaChatModel;
import org.junit.jupiter.api.Test;

/** Clients of others against the running server. */
class OtherClientsTest {

  @Test
  void anthropicsClientReadsAnswersAndStreams() {
    try (TestServer server = TestServer.start()) {
      AnthropicClient client =
          AnthropicOkHttpClient.builder().baseUrl(server.url()).apiKey("not-needed").build();
      MessageCreateParams params =
          MessageCreateParams.builder()
              .model(TestServer.MODEL)
              .maxTokens(8)
              .putAdditionalBodyProperty("temperature", JsonValue.from(0))
              .addUserMessage("Who are you?")
              .build();
      Message message = client.messages().create(params);
      String text = message.content().getFirst().asText().text();
      assertThat(message.stopReason()).contains(StopReason.MAX_TOKENS);
      StringBuilder streamed = new StringBuilder();
      try (StreamResponse<RawMessageStreamEvent> events =
          client.messages().createStreaming(params)) {
        events.stream()
            .flatMap(event -> event.contentBlockDelta().stream())
            .flatMap(delta -> delta.delta().text().stream())
            .forEach(delta -> streamed.append(delta.text()));
      }
      assertThat(streamed.toString()).isEqualTo(text).isNotEmpty();
      client.close();
    }
  }

  @Test
  void langChain4jsOllamaClientReadsAnswers() {
    try (TestServer server = TestServer.start()) {
      OllamaChatModel model =
          OllamaChatModel.builder()
              .baseUrl(server.url())
              .modelName(TestServer.MODEL)
              .temperature(0.0)
              .numPredict(8)
              .build();
      assertThat(model.chat("Who are you?")).isNotBlank();
    }
  }
}
