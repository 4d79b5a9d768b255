package dev.sirocco.engine;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * A request on its way through the engine, answers and embeddings alike: when it came, when it must
 * be done, and whether its first token has been computed. Used by the engine's thread.
 */
final class ServedRequest {

  private final int promptTokens;
  private final long submitted = System.nanoTime();
  private final OptionalLong deadline;
  private final ServingTally tally;
  private boolean begun;

  /**
   * @param promptTokens length of the prompt
   * @param deadline from now on, in nanoseconds
   * @param tally is told what happens
   */
  ServedRequest(int promptTokens, OptionalLong deadline, ServingTally tally) {
    this.promptTokens = promptTokens;
    this.deadline = deadline;
    this.tally = tally;
  }

  /** Its prompt, or the one that its answers share, begins to be read; true the first time. */
  boolean begin(int cachedTokens) {
    if (begun) {
      return false;
    }
    begun = true;
    tally.admitted(sinceSubmission(), promptTokens, cachedTokens);
    return true;
  }

  Duration sinceSubmission() {
    return Duration.ofNanos(System.nanoTime() - submitted);
  }

  /** Nanoseconds until the deadline, 0 or less if it has passed; empty if there is none. */
  OptionalLong nanosLeft() {
    return deadline.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(deadline.getAsLong() - (System.nanoTime() - submitted));
  }
}
