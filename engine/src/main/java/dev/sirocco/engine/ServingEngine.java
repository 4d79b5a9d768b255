package dev.sirocco.engine;

import dev.sirocco.engine.constrain.core.TokenVocabulary;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Answers many requests at once from one model: continuous batching over a paged cache.
 * Thread-safe; one thread of its own owns the model.
 *
 * @see Engine
 */
public interface ServingEngine extends AutoCloseable {

  /**
   * Starts an engine over a model. Until it is closed, calls of the model that compute fail; its
   * tokenizer, chat format and configuration stay usable. Closing the engine does not close the
   * model, and must come first.
   *
   * @throws IllegalArgumentException if an option does not fit the model
   * @throws IllegalStateException if the model is closed or already serves
   */
  static ServingEngine start(LanguageModel model, ServingOptions options) {
    return new BatchingEngine(model, options);
  }

  /**
   * The model; its text side (tokenizer, chat format, configuration) may be used by all threads.
   */
  LanguageModel model();

  /** The model's vocabulary for constraints, prepared at the first call. */
  TokenVocabulary vocabulary();

  /**
   * Queues a request.
   *
   * @throws IllegalArgumentException if the prompt is empty, longer than the context, could never
   *     fit the cache, or an option names a token that does not exist
   * @throws QueueFullException if too many requests wait
   * @throws EngineClosedException if the engine is closed or drains
   */
  AnswerStream submit(ServingRequest request);

  /**
   * The mean of the last hidden states (after the final norm) of a text's tokens, scaled to length
   * 1.
   *
   * @throws IllegalArgumentException as of {@link #submit}
   */
  CompletableFuture<float[]> embed(int[] tokens);

  /**
   * Most sequences that may be in the engine, those that run and those that wait together; while so
   * many are, {@link #submit} refuses.
   */
  int capacity();

  /** What the engine holds now. */
  EngineStatus status();

  /** Lets a listener see what happens from now on. */
  void addListener(EngineListener listener);

  /**
   * Takes no more requests, and waits until all are answered.
   *
   * @return whether they were before the deadline
   */
  boolean drain(Duration deadline) throws InterruptedException;

  /** Ends all requests and the thread. Does not close the model. */
  @Override
  void close();
}
