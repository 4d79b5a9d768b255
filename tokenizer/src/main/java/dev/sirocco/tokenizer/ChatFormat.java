package dev.sirocco.tokenizer;

import java.util.List;

/**
 * Turns a conversation into the prompt that a model was trained on.
 *
 * <p>Text of messages never becomes a control token, whatever it says. Formats are immutable and
 * safe for use by several threads.
 *
 * @see Tokenizer
 */
public interface ChatFormat {

  /**
   * The format of the model that a tokenizer belongs to: Mistral's own where the vocabulary and the
   * template say so, else the model's template, else plain questions and answers.
   */
  static ChatFormat of(Tokenizer tokenizer) {
    return ChatFormats.of(tokenizer);
  }

  /** The format's name, such as {@code mistral-v3}, {@code template} or {@code plain}. */
  String name();

  /**
   * The prompt for the answer to a conversation.
   *
   * @param messages oldest first
   * @param tools the tools that the model may call; may be empty
   * @throws IllegalArgumentException if the format cannot express the conversation; the message
   *     says which rule is broken
   */
  RenderedChat render(List<ChatMessage> messages, List<ToolDefinition> tools);

  /** The prompt for the answer to a conversation without tools. */
  default RenderedChat render(List<ChatMessage> messages) {
    return render(messages, List.of());
  }

  /**
   * Texts at which an answer ends although no token says so; empty for formats with control tokens.
   */
  default List<String> stopTexts() {
    return List.of();
  }
}
