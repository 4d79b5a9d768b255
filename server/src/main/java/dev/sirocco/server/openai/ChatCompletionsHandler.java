package dev.sirocco.server.openai;

import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.RequestBody;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * {@code POST /v1/chat/completions}.
 *
 * @see ChatAnswer
 * @see <a href="https://platform.openai.com/docs/api-reference/chat">OpenAI, Chat</a>
 */
public final class ChatCompletionsHandler implements HttpService {

  private final ServerContext context;

  public ChatCompletionsHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.post(rules, "/v1/chat/completions", this::complete);
  }

  private void complete(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    ServedModel served = context.models().require();
    ChatCall call = ChatCall.read(body, served, context);
    ChatAnswer answer = ChatAnswer.submit(served, call.request(), call.sampling());
    TokenTexts texts = new TokenTexts(served.tokenizer());
    if (call.stream().stream()) {
      StreamedAnswer.send(
          response,
          context.limits(),
          stream -> {
            ChatChunks chunks = new ChatChunks(stream, call, answer, texts);
            answer.run(chunks);
            chunks.finish();
          });
    } else {
      ChatMessageCollector collector = new ChatMessageCollector(call, answer, texts);
      answer.run(collector);
      Responses.json(response, collector.toJson());
    }
  }
}
