package dev.sirocco.server.openai;

import dev.sirocco.engine.FinishReason;

/** Why an answer ended, in OpenAI's words. */
final class FinishReasons {

  private FinishReasons() {}

  /** The word for an answer without calls of tools. */
  static String of(FinishReason reason) {
    return of(reason, false);
  }

  /** The word for an answer. */
  static String of(FinishReason reason, boolean calls) {
    return switch (reason) {
      case STOP, CANCELLED -> calls ? "tool_calls" : "stop";
      case LENGTH, DEADLINE -> "length";
    };
  }
}
