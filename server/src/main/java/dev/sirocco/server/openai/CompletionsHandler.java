package dev.sirocco.server.openai;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.ServingRequest;
import dev.sirocco.server.generation.AnswerRun;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.generation.Submission;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.RequestBody;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import dev.sirocco.tokenizer.Tokenizer;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * {@code POST /v1/completions}.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/completions">OpenAI, Completions</a>
 */
public final class CompletionsHandler implements HttpService {

  private final ServerContext context;

  public CompletionsHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.post(rules, "/v1/completions", this::complete);
  }

  private void complete(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.json(request, context.limits());
    ServedModel served = context.models().require();
    CompletionCall call = CompletionCall.read(body, served, context);
    Tokenizer tokenizer = served.tokenizer();
    List<AnswerStream> streams = submit(served, call);
    TextAnswers answers = new TextAnswers(call, streams, tokenizer);
    if (call.stream().stream()) {
      StreamedAnswer.send(
          response,
          context.limits(),
          stream -> {
            TextChunks chunks = new TextChunks(stream, call, answers);
            AnswerRun.runAll(streams, chunks);
            chunks.finish();
          });
    } else {
      BiConsumer<Integer, AnswerEvent> collector = answers::add;
      AnswerRun.runAll(streams, collector);
      Responses.json(response, answers.toJson());
    }
  }

  /** One request for each prompt; if one is not taken, none is. */
  private static List<AnswerStream> submit(ServedModel served, CompletionCall call) {
    List<AnswerStream> streams = new ArrayList<>();
    try {
      for (Prompt prompt : call.prompts()) {
        ServingRequest request = ServingRequest.of(prompt, call.options()).withN(call.n());
        streams.add(Submission.submit(served, request, "prompt"));
      }
      return streams;
    } catch (RuntimeException e) {
      streams.forEach(AnswerStream::cancel);
      throw e;
    }
  }
}
