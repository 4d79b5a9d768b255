package dev.sirocco.engine;

import java.time.Duration;

/**
 * Sees what a {@link ServingEngine} does, for metrics. Called on the engine's thread; must be quick
 * and must not call the engine.
 */
public interface EngineListener {

  /** A request left the queue after waiting so long. */
  default void admitted(Duration waited, int promptTokens, int cachedTokens) {}

  /** An answer's first token came so long after the request was submitted. */
  default void firstToken(Duration sinceSubmission) {}

  /** A later token came so long after the one before. */
  default void nextToken(Duration sinceLast) {}

  /** An answer ended. */
  default void finished(FinishReason reason, int answerTokens) {}

  /** A request ended with an error; of an answer, {@link #finished} is not called then. */
  default void failed(RuntimeException cause) {}

  /** A request lost its cache blocks to others and will be recomputed. */
  default void preempted() {}

  /** A step computed a batch of so many tokens of so many sequences. */
  default void stepped(int tokens, int sequences, Duration took) {}

  /** In a layer of the last step, an expert computed so many tokens. */
  default void routed(int layer, int expert, int tokens) {}
}
