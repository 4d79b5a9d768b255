package dev.sirocco.engine;

import dev.sirocco.model.Batch;
import dev.sirocco.model.Routing;
import dev.sirocco.tensor.FloatMatrix;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Something the engine computes token by token: an answer in the making, or a text to embed. Not
 * thread-safe.
 *
 * @see AnswerSequence
 * @see EmbeddingSequence
 * @see Scheduler
 */
abstract class Sequence {

  private final TokenList tokens;
  private final SequenceMemory memory;
  private final OptionalInt expertsPerToken;
  private final Rank rank;
  private boolean begun;
  private Optional<RuntimeException> failure = Optional.empty();

  Sequence(TokenList tokens, SequenceMemory memory, OptionalInt expertsPerToken, Rank rank) {
    this.tokens = tokens;
    this.memory = memory;
    this.expertsPerToken = expertsPerToken;
    this.rank = rank;
  }

  final TokenList tokens() {
    return tokens;
  }

  final SequenceMemory memory() {
    return memory;
  }

  final Rank rank() {
    return rank;
  }

  /** Takes up the memory, again after {@link SequenceMemory#release}. */
  final void begin() {
    int cached = memory.begin(tokens, expertsPerToken);
    if (!begun) {
      begun = true;
      begun(cached);
    }
  }

  /** Takes up what a sequence with the same prompt has computed. */
  final void fork(Sequence leader) {
    memory.fork(leader.memory, tokens);
    begun = true;
    begun(tokens.size());
  }

  /** Whether it was ever computed. */
  final boolean hasBegun() {
    return begun;
  }

  /** Tokens still to compute before the next one can be chosen. */
  final int pending() {
    return tokens.size() - memory.cache().length();
  }

  /** The next {@code count} tokens to compute. */
  final Batch.Part part(int count) {
    int[] next = tokens.slice(memory.cache().length(), count);
    return new Batch.Part(memory.cache(), expertsPerToken, next);
  }

  /** Whether each token is looked at, not only what comes after the last one. */
  final boolean wantsEveryRow() {
    return recordsRouting() || wantsHidden();
  }

  /** Ends it with an error. */
  final void fail(RuntimeException cause) {
    failure = Optional.of(cause);
  }

  final Optional<RuntimeException> failure() {
    return failure;
  }

  /** Whether nothing is left to compute. */
  final boolean isFinished() {
    return failure.isPresent() || isComplete();
  }

  abstract boolean isComplete();

  /** Called when it is computed for the first time, with the number of positions found. */
  abstract void begun(int cachedTokens);

  /** Hands on the result, or the failure, of a finished sequence whose memory is released. */
  abstract void deliver(double loadMillis);

  /** Nanoseconds until {@link #poll} may end it; empty if time does not matter. */
  OptionalLong nanosLeft() {
    return OptionalLong.empty();
  }

  /** Called before every step; ends it if that is asked for. */
  abstract void poll();

  /** Whether it must not go on for now, because its reader has fallen behind. */
  boolean isPaused() {
    return false;
  }

  /** Whether the prompt is still being read. */
  abstract boolean isReadingPrompt();

  /** Whether {@code other} answers the same request, and so shares the prompt. */
  boolean isSibling(Sequence other) {
    return false;
  }

  /** Whether predictions after the last token are wanted. */
  boolean wantsLogits() {
    return false;
  }

  /** Chooses the next token from the predictions after the last one. */
  void settle(float[] logits) {
    throw new IllegalStateException("this sequence does not look at logits");
  }

  /** Called after each step that computed some of the tokens. */
  void computed() {
    // for those that do not wait for logits
  }

  /** Whether {@link #record} is to be called. */
  boolean recordsRouting() {
    return false;
  }

  /** Notes the routing of a row that is the {@code index}-th pending token. */
  void record(Routing choice, int layer, int row, int index) {
    throw new IllegalStateException("this sequence does not look at routing");
  }

  /** Whether {@link #hidden} is to be called. */
  boolean wantsHidden() {
    return false;
  }

  /** Sees the final hidden state of a row that is the {@code index}-th pending token. */
  void hidden(FloatMatrix hidden, int row, int index) {
    throw new IllegalStateException("this sequence does not look at hidden states");
  }
}
