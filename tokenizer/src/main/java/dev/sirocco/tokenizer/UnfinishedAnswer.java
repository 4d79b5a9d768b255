package dev.sirocco.tokenizer;

import java.util.List;

/** The last message of a conversation, where it is the beginning of the answer. */
final class UnfinishedAnswer {

  private UnfinishedAnswer() {}

  /**
   * Its text.
   *
   * @throws IllegalArgumentException if the last message is no assistant's, is empty, or calls
   *     tools
   */
  static String of(List<ChatMessage> messages) {
    int last = messages.size() - 1;
    if (last < 0 || messages.get(last).role() != Role.ASSISTANT) {
      throw new IllegalArgumentException(
          last < 0
              ? "the conversation has no message; wanted one of role assistant to be continued"
              : "messages[%d] is the last one and has role %s; only one of role assistant can be continued"
                  .formatted(last, messages.get(last).role().wireName()));
    }
    ChatMessage message = messages.get(last);
    if (message.content().isEmpty() || !message.toolCalls().isEmpty()) {
      throw new IllegalArgumentException(
          "messages[%d] %s; an answer that is to be continued needs content and no tool calls"
              .formatted(last, message.content().isEmpty() ? "is empty" : "calls tools"));
    }
    return message.content();
  }
}
