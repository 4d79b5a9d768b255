package dev.sirocco.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * A request to a {@link ServingEngine}.
 *
 * @param prompt what to continue
 * @param options how to choose tokens; answer i of several draws with seed + i
 * @param n how many answers to the prompt, which they share
 * @param priority requests of a higher priority are admitted first; those of one priority in the
 *     order in which they came
 * @param deadline from submission on; an answer that is not complete by then ends with {@link
 *     FinishReason#DEADLINE}
 */
public record ServingRequest(
    Prompt prompt, GenerationOptions options, int n, int priority, Optional<Duration> deadline) {

  /**
   * @throws IllegalArgumentException if {@code n} is below 1 or the deadline is not positive
   */
  public ServingRequest {
    Checks.range("n", n, 1, 1024);
    if (deadline.isPresent() && !deadline.get().isPositive()) {
      throw new IllegalArgumentException(
          "the deadline must lie ahead, but is %s".formatted(deadline.get()));
    }
  }

  /** A request for one answer, without deadline. */
  public static ServingRequest of(Prompt prompt, GenerationOptions options) {
    return new ServingRequest(prompt, options, 1, 0, Optional.empty());
  }

  public ServingRequest withN(int value) {
    return new ServingRequest(prompt, options, value, priority, deadline);
  }

  public ServingRequest withPriority(int value) {
    return new ServingRequest(prompt, options, n, value, deadline);
  }

  public ServingRequest withDeadline(Duration value) {
    return new ServingRequest(prompt, options, n, priority, Optional.of(value));
  }
}
