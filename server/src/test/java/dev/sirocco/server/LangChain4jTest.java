package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** LangChain4j's OpenAI models work with the server. */
class LangChain4jTest {

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static OpenAiChatModel model(String name) {
    return OpenAiChatModel.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey("not-needed")
        .modelName(name)
        .seed(7)
        .maxCompletionTokens(8)
        .maxRetries(0)
        .build();
  }

  @Test
  void aStreamBringsTheTextOfTheWholeAnswer() throws Exception {
    String whole = model(TestServer.MODEL).chat("Tell a tale.");
    OpenAiStreamingChatModel streaming =
        OpenAiStreamingChatModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey("not-needed")
            .modelName(TestServer.MODEL)
            .seed(7)
            .maxCompletionTokens(8)
            .build();
    Clients.Streamed streamed = Clients.stream(streaming, UserMessage.from("Tell a tale."));
    ChatResponse response = streamed.response();
    assertThat(streamed.text()).isEqualTo(whole);
    assertThat(response.aiMessage().text()).isEqualTo(whole);
    assertThat(response.tokenUsage().outputTokenCount()).isBetween(1, 8);
  }

  @Test
  void textsAreEmbedded() {
    OpenAiEmbeddingModel embedding =
        OpenAiEmbeddingModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey("not-needed")
            .modelName(TestServer.MODEL)
            .maxRetries(0)
            .build();
    assertThat(embedding.embed("a king").content().dimension())
        .isEqualTo(server.model().config().dim());
  }

  @Test
  void anotherModelIsNotFound() {
    assertThatThrownBy(() -> model("gpt-5").chat(UserMessage.from("Hi")))
        .isInstanceOf(ModelNotFoundException.class);
  }
}
