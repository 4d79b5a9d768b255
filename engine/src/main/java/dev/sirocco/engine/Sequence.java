package dev.sirocco.engine;

import dev.sirocco.model.Batch;
import dev.sirocco.model.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One answer in the making: the tokens still to compute, the answer so far, and why it ended.
 *
 * <p>Not thread-safe.
 */
final class Sequence {

  private final GenerationRequest request;
  private final Session session;
  private final Set<Integer> endTokens;
  private final int promptTokens;
  private final int cachedTokens;
  private final int limit;
  private final long seed;
  private final Sampler sampler;
  private final AnswerText text;
  private final RoutingRecord routing = new RoutingRecord();
  private final List<Integer> answer = new ArrayList<>();
  private final long started = System.nanoTime();
  private long promptRead = started;
  private long ended = started;
  private Optional<FinishReason> finishReason = Optional.empty();

  /**
   * Begins an answer.
   *
   * @param request what is asked for
   * @param prompt its tokens
   * @param session where its keys and values go
   * @param modelText end tokens and decoder of the model
   * @param seed of the random draws
   */
  Sequence(
      GenerationRequest request, int[] prompt, Session session, ModelText modelText, long seed) {
    this.request = request;
    this.session = session;
    this.endTokens = modelText.endTokens();
    this.promptTokens = prompt.length;
    this.cachedTokens = session.begin(prompt);
    this.limit = Math.min(request.options().maxTokens(), session.cache().context() - prompt.length);
    this.seed = seed;
    this.sampler = new Sampler(request.options(), seed, endTokens);
    for (int token : prompt) {
      sampler.observePrompt(token);
    }
    List<String> stops = new ArrayList<>(request.options().stop());
    stops.addAll(modelText.stopTexts(request.prompt()));
    this.text = new AnswerText(modelText.decoder(request.prompt()), stops);
  }

  /** Whether there is more to compute; asks whether the caller has cancelled. */
  boolean isRunning() {
    if (finishReason.isEmpty() && request.cancelled().getAsBoolean()) {
      finish(FinishReason.CANCELLED);
      String rest = text.finish();
      if (!rest.isEmpty()) {
        request.listener().accept(new GeneratedToken(answer.size(), -1, rest, 0));
      }
    }
    return finishReason.isEmpty();
  }

  /** Tokens still to compute before the next one can be chosen. */
  int pending() {
    return session.pending();
  }

  /** The next {@code count} tokens to compute. */
  Batch.Part part(int count) {
    return new Batch.Part(session.cache(), session.pending(count));
  }

  boolean recordsRouting() {
    return request.options().recordRouting();
  }

  /** Notes the routing of a row that is the {@code index}-th pending token. */
  void record(Routing choice, int row, int index) {
    int token = session.cache().length() + index - promptTokens;
    if (token >= 0) {
      routing.add(token, choice, row);
    }
  }

  /**
   * Chooses the next token, hands it on, and ends the answer if it is complete.
   *
   * @param logits predictions after the last token
   */
  void settle(float[] logits) {
    if (answer.isEmpty()) {
      promptRead = System.nanoTime();
    }
    if (limit == 0) {
      finish(FinishReason.LENGTH);
      return;
    }
    int token = sampler.choose(logits.clone());
    sampler.observeAnswer(token);
    answer.add(token);
    String piece = endTokens.contains(token) ? endOfAnswer() : piece(token);
    request
        .listener()
        .accept(
            new GeneratedToken(
                answer.size() - 1, token, piece, (float) LogSoftmax.of(logits, token)));
  }

  private String endOfAnswer() {
    finish(FinishReason.STOP);
    return text.finish();
  }

  private String piece(int token) {
    session.add(token);
    String piece = text.add(token);
    if (text.stopped()) {
      finish(FinishReason.STOP);
    } else if (answer.size() == limit) {
      finish(FinishReason.LENGTH);
      piece += text.finish();
    }
    return piece;
  }

  private void finish(FinishReason reason) {
    finishReason = Optional.of(reason);
    ended = System.nanoTime();
    promptRead = answer.isEmpty() ? ended : promptRead;
  }

  /** The answer, once it is finished. */
  Generation generation(double loadMillis) {
    int decoded = Math.max(0, answer.size() - 1);
    int prefilled = Math.min(promptTokens, session.cache().length()) - cachedTokens;
    Timings timings =
        new Timings(
            loadMillis,
            (promptRead - started) / 1e6,
            (ended - promptRead) / 1e6,
            prefilled,
            decoded);
    return new Generation(
        text.all(),
        answer,
        promptTokens,
        cachedTokens,
        finishReason.orElseThrow(),
        seed,
        timings,
        recordsRouting() ? routing.routing(answer.size()) : List.of());
  }
}
