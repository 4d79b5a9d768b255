package dev.sirocco.engine;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One of several answers asked for at once.
 *
 * @param prompt what to continue
 * @param options how to choose tokens
 * @param listener sees each token as it is chosen, on the thread that asked for the answer
 * @param cancelled asked before every step; true ends the answer
 * @param session keeps the sequence for the next prompt; empty to forget it
 */
public record GenerationRequest(
    Prompt prompt,
    GenerationOptions options,
    Consumer<GeneratedToken> listener,
    BooleanSupplier cancelled,
    Optional<Session> session) {

  /** A request without listener, cancellation and session. */
  public static GenerationRequest of(Prompt prompt, GenerationOptions options) {
    return new GenerationRequest(prompt, options, token -> {}, () -> false, Optional.empty());
  }

  public GenerationRequest withListener(Consumer<GeneratedToken> value) {
    return new GenerationRequest(prompt, options, value, cancelled, session);
  }

  public GenerationRequest withCancellation(BooleanSupplier value) {
    return new GenerationRequest(prompt, options, listener, value, session);
  }

  public GenerationRequest withSession(Session value) {
    return new GenerationRequest(prompt, options, listener, cancelled, Optional.of(value));
  }
}
