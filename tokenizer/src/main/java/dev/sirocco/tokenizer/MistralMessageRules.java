package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.MistralChat.Version;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which conversations Mistral's formats can express, and how neighbouring messages of one role
 * become one.
 */
final class MistralMessageRules {

  private static final Pattern TOOL_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final Pattern CALL_ID = Pattern.compile("[a-zA-Z0-9]{9}");
  private static final String BETWEEN = "\n\n";

  private MistralMessageRules() {}

  /**
   * Checks a conversation that is to be answered.
   *
   * @throws IllegalArgumentException naming the message and the rule that it breaks
   */
  static void check(List<ChatMessage> messages, Version version) {
    if (checkOrder(messages, version) == Role.ASSISTANT) {
      throw broken(
          messages.size() - 1,
          "is the last one and has role assistant; the answer to a conversation follows a message of"
              + " role user or tool");
    }
  }

  /**
   * Checks a conversation that ends with an unfinished answer.
   *
   * @throws IllegalArgumentException naming the message and the rule that it breaks
   */
  static void checkUnfinished(List<ChatMessage> messages, Version version) {
    checkOrder(messages, version);
  }

  /** Checks all messages, and tells the role of the last. */
  private static Role checkOrder(List<ChatMessage> messages, Version version) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("the conversation has no message; wanted at least one");
    }
    Role previous = null;
    int openCalls = 0;
    for (int i = 0; i < messages.size(); i++) {
      ChatMessage message = messages.get(i);
      if (!mayFollow(previous, message.role())) {
        throw broken(
            i,
            "has role %s after %s; wanted one of %s"
                .formatted(
                    message.role().wireName(),
                    previous == null ? "nothing" : previous.wireName(),
                    names(followers(previous))));
      }
      switch (message.role()) {
        case ASSISTANT -> {
          requireAnswered(i, openCalls);
          checkAssistant(i, message, version);
          openCalls = message.toolCalls().size();
        }
        case TOOL -> {
          checkToolResult(i, message, version);
          openCalls--;
        }
        case SYSTEM, USER -> {}
      }
      previous = message.role();
    }
    if (previous != Role.ASSISTANT) {
      requireAnswered(messages.size(), openCalls);
    }
    return messages.getLast().role();
  }

  private static Set<Role> followers(@Nullable Role previous) {
    return switch (previous) {
      case null -> EnumSet.of(Role.SYSTEM, Role.USER, Role.ASSISTANT);
      case SYSTEM -> EnumSet.of(Role.SYSTEM, Role.USER, Role.ASSISTANT);
      case USER -> EnumSet.of(Role.SYSTEM, Role.USER, Role.ASSISTANT);
      case ASSISTANT -> EnumSet.of(Role.USER, Role.ASSISTANT, Role.TOOL);
      case TOOL -> EnumSet.of(Role.USER, Role.ASSISTANT, Role.TOOL);
    };
  }

  private static boolean mayFollow(@Nullable Role previous, Role role) {
    return followers(previous).contains(role);
  }

  private static String names(Set<Role> roles) {
    return String.join(", ", roles.stream().map(Role::wireName).toList());
  }

  private static void requireAnswered(int index, int openCalls) {
    if (openCalls != 0) {
      throw broken(
          index,
          openCalls > 0
              ? "follows %d tool calls without a result; wanted one message of role tool for each"
                  .formatted(openCalls)
              : "follows %d more tool results than tool calls; wanted one for each"
                  .formatted(-openCalls));
    }
  }

  private static void checkAssistant(int index, ChatMessage message, Version version) {
    boolean calls = !message.toolCalls().isEmpty();
    if (calls && version == Version.V1) {
      throw broken(index, "calls tools, which the format mistral-v1 does not have");
    }
    if (calls == !message.content().isEmpty()) {
      throw broken(
          index,
          calls
              ? "has both content and tool calls; Mistral's formats have one of them in a message"
              : "is empty; a message of role assistant needs content or tool calls");
    }
    for (ToolCall call : message.toolCalls()) {
      requireToolName(index, call.name());
      requireCallId(index, Optional.of(call.id()), version);
    }
  }

  private static void checkToolResult(int index, ChatMessage message, Version version) {
    if (version == Version.V1) {
      throw broken(index, "has role tool, which the format mistral-v1 does not have");
    }
    message.name().ifPresent(name -> requireToolName(index, name));
    requireCallId(index, message.toolCallId(), version);
  }

  private static void requireToolName(int index, String name) {
    if (!TOOL_NAME.matcher(name).matches()) {
      throw broken(
          index,
          "names the tool '%s'; wanted 1 to 64 letters, digits, underscores and dashes"
              .formatted(name));
    }
  }

  private static void requireCallId(int index, Optional<String> id, Version version) {
    if (version != Version.V2 && !CALL_ID.matcher(id.orElse("")).matches()) {
      throw broken(
          index, "has the tool call id '%s'; wanted 9 letters and digits".formatted(id.orElse("")));
    }
  }

  private static IllegalArgumentException broken(int index, String what) {
    return new IllegalArgumentException("messages[%d] %s".formatted(index, what));
  }

  /** All system prompts as one; empty if there is none. */
  static String systemPrompt(List<ChatMessage> messages) {
    List<String> prompts = new ArrayList<>();
    for (ChatMessage message : messages) {
      if (message.role() == Role.SYSTEM && !message.content().isEmpty()) {
        prompts.add(message.content());
      }
    }
    return String.join(BETWEEN, prompts);
  }

  /**
   * The messages without system prompts, neighbours of role user or assistant as one, and an empty
   * user message first where none begins.
   */
  static List<ChatMessage> merged(List<ChatMessage> messages) {
    List<ChatMessage> turns = new ArrayList<>();
    Role previous = null;
    for (ChatMessage message : messages) {
      boolean joins = message.role() == previous && message.role() != Role.TOOL;
      previous = message.role();
      if (message.role() == Role.SYSTEM) {
        continue;
      }
      turns.add(joins ? merge(turns.removeLast(), message) : message);
    }
    if (turns.isEmpty() || turns.getFirst().role() != Role.USER) {
      turns.addFirst(ChatMessage.user(""));
    }
    return turns;
  }

  private static ChatMessage merge(ChatMessage first, ChatMessage second) {
    boolean bothSpeak = !first.content().isEmpty() && !second.content().isEmpty();
    List<ToolCall> calls = new ArrayList<>(first.toolCalls());
    calls.addAll(second.toolCalls());
    String content = first.content() + (bothSpeak ? BETWEEN : "") + second.content();
    if (!content.isEmpty() && !calls.isEmpty()) {
      throw new IllegalArgumentException(
          "two messages of role assistant follow each other, one with content and one with tool"
              + " calls; Mistral's formats have one of them in a turn");
    }
    return new ChatMessage(first.role(), content, calls, first.toolCallId(), first.name());
  }
}
