package dev.sirocco.tokenizer;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One message of a conversation.
 *
 * @param role who speaks
 * @param content the text; may be empty, for instance beside tool calls
 * @param toolCalls the calls that an assistant asks for; empty for other roles
 * @param toolCallId for {@link Role#TOOL}: the id of the call that this is the result of
 * @param name for {@link Role#TOOL}: the name of the tool that was called
 */
public record ChatMessage(
    Role role,
    String content,
    List<ToolCall> toolCalls,
    Optional<String> toolCallId,
    Optional<String> name) {

  public ChatMessage {
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(toolCallId, "toolCallId");
    Objects.requireNonNull(name, "name");
    toolCalls = List.copyOf(toolCalls);
    if (role != Role.ASSISTANT && !toolCalls.isEmpty()) {
      throw new IllegalArgumentException(
          "a message of role %s has %d tool calls; only an assistant's message can have any"
              .formatted(role.wireName(), toolCalls.size()));
    }
  }

  public static ChatMessage system(String content) {
    return plain(Role.SYSTEM, content);
  }

  public static ChatMessage user(String content) {
    return plain(Role.USER, content);
  }

  public static ChatMessage assistant(String content) {
    return plain(Role.ASSISTANT, content);
  }

  /** An assistant's message that asks for tools, with or without text. */
  public static ChatMessage assistant(String content, List<ToolCall> toolCalls) {
    return new ChatMessage(Role.ASSISTANT, content, toolCalls, Optional.empty(), Optional.empty());
  }

  /** The result of a tool call. */
  public static ChatMessage tool(String toolCallId, String name, String content) {
    return new ChatMessage(
        Role.TOOL, content, List.of(), Optional.of(toolCallId), Optional.of(name));
  }

  private static ChatMessage plain(Role role, String content) {
    return new ChatMessage(role, content, List.of(), Optional.empty(), Optional.empty());
  }
}
