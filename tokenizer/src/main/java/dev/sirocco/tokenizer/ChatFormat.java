package dev.sirocco.tokenizer;

import java.util.List;
import java.util.Optional;

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
   * The prompt for the rest of an answer whose beginning is the last message. Mistral's formats but
   * the first leave out spaces at that beginning's end, for tokens bring theirs; what is left is
   * {@link RenderedChat#answerStart()}.
   *
   * @param messages oldest first; the last one of role assistant, with content and without calls
   * @param tools the tools that the model may call; may be empty
   * @throws IllegalArgumentException if the format cannot express the conversation; the message
   *     says which rule is broken
   */
  RenderedChat renderUnfinished(List<ChatMessage> messages, List<ToolDefinition> tools);

  /** How the model writes calls of tools; empty if the format has no tools that are known of. */
  default Optional<ToolCallSyntax> toolCallSyntax() {
    return Optional.empty();
  }

  /**
   * Texts at which an answer ends although no token says so; empty for formats with control tokens.
   */
  default List<String> stopTexts() {
    return List.of();
  }
}
