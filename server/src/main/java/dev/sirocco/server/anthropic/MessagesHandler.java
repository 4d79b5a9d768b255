package dev.sirocco.server.anthropic;

import dev.sirocco.engine.tools.ChatRequest;
import dev.sirocco.engine.tools.ChatTurn;
import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.generation.Submission;
import dev.sirocco.server.http.EventStream;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.RequestBody;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import dev.sirocco.server.http.StreamedEvents;
import dev.sirocco.tokenizer.Tokenizer;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * {@code POST /v1/messages} and {@code /v1/messages/count_tokens}.
 *
 * @see ChatAnswer
 * @see <a href="https://docs.anthropic.com/en/api/messages">Anthropic, Messages</a>
 */
public final class MessagesHandler implements HttpService {

  /** The beginning of the paths, whose errors are Anthropic's. */
  public static final String PATH = "/v1/messages";

  private final ServerContext context;

  public MessagesHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.post(rules, PATH, this::answer);
    Routes.post(rules, PATH + "/count_tokens", this::count);
  }

  private void answer(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    ServedModel served = context.models().require();
    MessagesCall call = MessagesCall.read(body, served, context);
    ChatAnswer answer = ChatAnswer.submit(served, call.request(), call.sampling());
    Tokenizer tokenizer = served.tokenizer();
    if (call.stream()) {
      StreamedEvents.send(
          EventStream.of(response),
          context.limits(),
          stream -> answer.run(new MessageEvents(stream, call, answer, tokenizer)),
          (stream, error) -> stream.event("error", AnthropicErrors.body(error)));
    } else {
      MessageCollector collector = new MessageCollector(call, answer, tokenizer);
      answer.run(collector);
      Responses.json(response, collector.toJson());
    }
  }

  private void count(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    ServedModel served = context.models().require();
    ChatRequest asked = MessagesCall.readToCount(body, served, context);
    ChatTurn turn =
        Submission.told(
            "messages",
            () ->
                ChatTurn.of(
                    asked,
                    served.chatFormat(),
                    schema -> served.constraints().jsonSchema("tools", schema)));
    int tokens = served.model().tokens(turn.prompt()).length;
    Responses.json(response, Json.object().put("input_tokens", tokens));
  }
}
