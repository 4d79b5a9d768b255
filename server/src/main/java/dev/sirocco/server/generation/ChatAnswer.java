package dev.sirocco.server.generation;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.Generation;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.ServingRequest;
import dev.sirocco.engine.tools.AnswerDelta;
import dev.sirocco.engine.tools.ChatRequest;
import dev.sirocco.engine.tools.ChatTurn;
import dev.sirocco.engine.tools.ToolCallReader;
import dev.sirocco.server.http.ApiException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The answers to a conversation, which the engine works on: the one way from all chat APIs to the
 * engine and back.
 *
 * @see ChatTurn
 * @see dev.sirocco.engine.ServingEngine
 */
public final class ChatAnswer {

  private final String start;
  private final AnswerStream stream;
  private final List<ToolCallReader> readers;

  /** Takes what the answers consist of. */
  public interface Sink {

    /**
     * A token came.
     *
     * @param choice which answer
     * @param deltas what it adds; often nothing
     * @param token the token, with id -1 if only held back text comes
     */
    void token(int choice, List<AnswerDelta> deltas, AnswerEvent.Token token);

    /**
     * An answer is complete.
     *
     * @param choice which answer
     * @param deltas what was held back
     * @param reader text and calls of the whole answer
     * @param generation the answer as the engine saw it
     */
    void end(int choice, List<AnswerDelta> deltas, ToolCallReader reader, Generation generation);
  }

  private ChatAnswer(String start, Supplier<ToolCallReader> readers, AnswerStream stream, int n) {
    this.start = start;
    this.stream = stream;
    this.readers = IntStream.range(0, n).mapToObj(i -> readers.get()).toList();
  }

  /**
   * Asks the engine.
   *
   * @param sampling how tokens are chosen; its options are used up
   * @throws ApiException 400, 429 or 503
   */
  public static ChatAnswer submit(ServedModel served, ChatRequest request, Sampling sampling) {
    ChatTurn turn =
        Submission.told(
            request.tools().isEmpty() ? "messages" : "tools",
            () ->
                ChatTurn.of(
                    request,
                    served.chatFormat(),
                    schema -> served.constraints().jsonSchema("tools", schema)));
    GenerationOptions options =
        turn.applyTo(sampling.options().stop(sampling.stops()), sampling.stops()).build();
    ServingRequest asked = ServingRequest.of(turn.prompt(), options).withN(sampling.n());
    AnswerStream stream = Submission.submit(served, asked, "messages");
    return new ChatAnswer(turn.answerStart(), turn::newReader, stream, sampling.n());
  }

  /**
   * Asks the engine to continue a plain text, in which there are no calls.
   *
   * @param sampling how tokens are chosen; its options are used up
   * @throws ApiException 400, 429 or 503
   */
  public static ChatAnswer submitText(ServedModel served, String text, Sampling sampling) {
    GenerationOptions options = sampling.options().stop(sampling.stops()).build();
    ServingRequest asked = ServingRequest.of(Prompt.text(text), options).withN(sampling.n());
    AnswerStream stream = Submission.submit(served, asked, "prompt");
    return new ChatAnswer("", ToolCallReader::ofText, stream, sampling.n());
  }

  /** The text that the prompt ends with and the answer begins with; often empty. */
  public String start() {
    return start;
  }

  /** Length of the prompt in tokens. */
  public int promptTokens() {
    return stream.promptTokens();
  }

  /** How many of the prompt's tokens were found in the cache. */
  public int cachedTokens() {
    return stream.cachedTokens();
  }

  /** Takes all events, as {@link AnswerRun#run} does. */
  public void run(Sink sink) {
    AnswerRun.run(stream, event -> take(event, sink));
  }

  private void take(AnswerEvent event, Sink sink) {
    ToolCallReader reader = readers.get(event.choice());
    switch (event) {
      case AnswerEvent.Token token ->
          sink.token(token.choice(), reader.add(token.token().id(), token.token().text()), token);
      case AnswerEvent.End end -> sink.end(end.choice(), reader.finish(), reader, end.generation());
    }
  }
}
