package dev.sirocco.engine;

import java.util.Optional;

/**
 * The answers to one request, as they come into being. Taken by one thread at a time; {@link
 * #cancel} may be called from any.
 *
 * <p>Back-pressure: when the reader falls behind, the stream holds a bounded number of events and
 * the request pauses, without holding up others.
 */
public interface AnswerStream extends AutoCloseable {

  /** Length of the prompt in tokens. */
  int promptTokens();

  /**
   * How many of the prompt's tokens were found in the cache of prefixes; 0 until the request has
   * been admitted.
   */
  int cachedTokens();

  /**
   * Waits for the next event.
   *
   * @return empty after the last answer's end
   * @throws InterruptedException if the thread is interrupted; the request goes on
   * @throws dev.sirocco.model.NonFiniteException if the weights led to NaN or infinity
   * @throws EngineClosedException if the engine was closed before the answers were complete
   */
  Optional<AnswerEvent> next() throws InterruptedException;

  /**
   * Gives up the answers that are not complete: each ends with {@link FinishReason#CANCELLED}
   * within two steps, in whatever state the request is.
   */
  void cancel();

  /** Cancels, if the answers are not complete. */
  @Override
  default void close() {
    cancel();
  }
}
