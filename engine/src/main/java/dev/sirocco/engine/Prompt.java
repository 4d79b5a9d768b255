package dev.sirocco.engine;

import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.ToolDefinition;
import java.util.Arrays;
import java.util.List;

/** What an answer continues. */
public sealed interface Prompt {

  /**
   * Plain text; preceded by the begin-of-text token if the model wants one. Control tokens written
   * in it are ordinary text.
   */
  record Text(String text) implements Prompt {}

  /** Token ids as they are; nothing is added. */
  record Tokens(List<Integer> ids) implements Prompt {
    public Tokens {
      ids = List.copyOf(ids);
    }
  }

  /** A conversation, rendered in the model's chat format. */
  record Chat(List<ChatMessage> messages, List<ToolDefinition> tools) implements Prompt {
    public Chat {
      messages = List.copyOf(messages);
      tools = List.copyOf(tools);
    }
  }

  /** Plain text. */
  static Prompt text(String text) {
    return new Text(text);
  }

  /** Token ids. */
  static Prompt tokens(int... ids) {
    return new Tokens(Arrays.stream(ids).boxed().toList());
  }

  /** A conversation without tools. */
  static Prompt chat(List<ChatMessage> messages) {
    return new Chat(messages, List.of());
  }

  /** A conversation in which the model may call tools. */
  static Prompt chat(List<ChatMessage> messages, List<ToolDefinition> tools) {
    return new Chat(messages, tools);
  }
}
