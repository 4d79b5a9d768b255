package dev.sirocco.engine;

/** Why an answer ended. */
public enum FinishReason {
  /** The model gave an end token, or a stop string appeared. */
  STOP,
  /** {@link GenerationOptions#maxTokens()} or the context is exhausted. */
  LENGTH,
  /** The caller's cancellation signal was raised. */
  CANCELLED,
  /** The request's deadline passed. */
  DEADLINE
}
