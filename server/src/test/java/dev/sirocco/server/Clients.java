package dev.sirocco.server;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Other people's clients of a server under test. */
final class Clients {

  /** An answer that was streamed: its parts joined, and what came at its end. */
  record Streamed(String text, ChatResponse response) {}

  private Clients() {}

  /** OpenAI's client, which tries once. */
  static OpenAIClient openAi(TestServer server) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey("not-needed")
        .maxRetries(0)
        .build();
  }

  /** Asks by LangChain4j and waits for the end of the stream. */
  static Streamed stream(OpenAiStreamingChatModel model, ChatMessage... messages) throws Exception {
    StringBuilder text = new StringBuilder();
    CompletableFuture<ChatResponse> end = new CompletableFuture<>();
    model.chat(
        List.of(messages),
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String part) {
            text.append(part);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            end.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            end.completeExceptionally(error);
          }
        });
    ChatResponse response = end.get(120, TimeUnit.SECONDS);
    return new Streamed(text.toString(), response);
  }
}
