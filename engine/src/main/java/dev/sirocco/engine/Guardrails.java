package dev.sirocco.engine;

import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;

/** The system prompt that keeps answers within bounds (Jiang et al. 2023, section 5.1). */
public final class Guardrails {

  /** The guardrail prompt as published with Mistral 7B. */
  public static final String SYSTEM_PROMPT =
      "Always assist with care, respect, and truth. Respond with utmost utility yet securely. Avoid"
          + " harmful, unethical, prejudiced, or negative content. Ensure replies promote fairness"
          + " and positivity.";

  private Guardrails() {}

  /**
   * A conversation with the guardrail prompt in front: before the text of the system prompt that it
   * begins with, or as one.
   */
  public static List<ChatMessage> inFrontOf(List<ChatMessage> messages) {
    List<ChatMessage> guarded = new ArrayList<>(messages);
    boolean hasSystem = !messages.isEmpty() && messages.getFirst().role() == Role.SYSTEM;
    if (hasSystem) {
      String system = guarded.removeFirst().content();
      guarded.addFirst(
          ChatMessage.system(system.isEmpty() ? SYSTEM_PROMPT : SYSTEM_PROMPT + "\n\n" + system));
    } else {
      guarded.addFirst(ChatMessage.system(SYSTEM_PROMPT));
    }
    return List.copyOf(guarded);
  }
}
