package dev.sirocco.engine;

import dev.sirocco.model.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** One answer in the making: the answer so far, and why it ended. */
final class AnswerSequence extends Sequence {

  private final GenerationOptions options;
  private final AnswerOutlet outlet;
  private final Object request;
  private final Set<Integer> endTokens;
  private final int promptTokens;
  private final int limit;
  private final long seed;
  private final Sampler sampler;
  private final AnswerText text;
  private final RoutingRecord routing = new RoutingRecord();
  private final List<Integer> answer = new ArrayList<>();
  private final long started = System.nanoTime();
  private int cachedTokens;
  private int prefilled;
  private long promptRead = started;
  private long ended = started;
  private Optional<FinishReason> finishReason = Optional.empty();

  /**
   * Begins an answer.
   *
   * @param prompt what to continue
   * @param ids its tokens
   * @param options how to choose tokens
   * @param seed of the random draws
   * @param memory where its keys and values go
   * @param modelText end tokens and decoder of the model
   * @param outlet where it goes
   * @param request answers to the same request have the same one
   * @param rank its place among others
   */
  AnswerSequence(
      Prompt prompt,
      int[] ids,
      GenerationOptions options,
      long seed,
      SequenceMemory memory,
      ModelText modelText,
      AnswerOutlet outlet,
      Object request,
      Rank rank) {
    super(new TokenList(ids), memory, options.expertsPerToken(), rank);
    this.options = options;
    this.outlet = outlet;
    this.request = request;
    this.endTokens = modelText.endTokens();
    this.promptTokens = ids.length;
    this.limit = Math.min(options.maxTokens(), memory.cache().context() - ids.length);
    this.seed = seed;
    this.sampler = new Sampler(options, seed, endTokens);
    for (int token : ids) {
      sampler.observePrompt(token);
    }
    List<String> stops = new ArrayList<>(options.stop());
    stops.addAll(modelText.stopTexts(prompt));
    this.text = new AnswerText(modelText.decoder(prompt), stops);
  }

  @Override
  boolean isComplete() {
    return finishReason.isPresent();
  }

  @Override
  void begun(int cached) {
    cachedTokens = cached;
    outlet.begun(cached);
  }

  @Override
  void poll() {
    Optional<FinishReason> interruption = isFinished() ? Optional.empty() : outlet.interruption();
    if (interruption.isPresent()) {
      finish(interruption.get());
      String rest = text.finish();
      if (!rest.isEmpty()) {
        outlet.token(new GeneratedToken(answer.size(), -1, rest, 0), List.of());
      }
    }
  }

  @Override
  boolean isPaused() {
    return !outlet.isOpen();
  }

  @Override
  boolean isReadingPrompt() {
    return answer.isEmpty();
  }

  @Override
  boolean isSibling(Sequence other) {
    return other instanceof AnswerSequence sibling && sibling.request == request && other != this;
  }

  @Override
  boolean recordsRouting() {
    return options.recordRouting();
  }

  @Override
  void record(Routing choice, int layer, int row, int index) {
    int token = memory().cache().length() + index - promptTokens;
    if (token >= 0) {
      routing.put(token, layer, choice, row);
    }
  }

  @Override
  boolean wantsLogits() {
    return true;
  }

  /** Chooses the next token, hands it on, and ends the answer if it is complete. */
  @Override
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
    double logSumExp = LogSoftmax.logSumExp(logits);
    outlet.token(
        new GeneratedToken(answer.size() - 1, token, piece, (float) (logits[token] - logSumExp)),
        TopTokens.of(logits, logSumExp, options.topLogprobs()));
  }

  private String endOfAnswer() {
    finish(FinishReason.STOP);
    return text.finish();
  }

  private String piece(int token) {
    tokens().add(token);
    String piece = text.add(token);
    if (text.stopped()) {
      finish(FinishReason.STOP);
    } else if (sampler.isExhausted()) {
      finish(FinishReason.STOP);
      piece += text.finish();
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
    int read = Math.min(promptTokens, memory().cache().length());
    prefilled = Math.max(0, read - cachedTokens);
  }

  @Override
  OptionalLong nanosLeft() {
    return outlet.nanosLeft();
  }

  @Override
  void deliver(double loadMillis) {
    failure().ifPresentOrElse(outlet::fail, () -> outlet.end(generation(loadMillis)));
  }

  /** The answer, once it is finished. */
  Generation generation(double loadMillis) {
    Timings timings =
        new Timings(
            loadMillis,
            (promptRead - started) / 1e6,
            (ended - promptRead) / 1e6,
            prefilled,
            Math.max(0, answer.size() - 1));
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
