package dev.sirocco.engine.tools;

import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.ToolDefinition;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is asked for in a conversation.
 *
 * @param messages the conversation, oldest first
 * @param tools tools that may be called; no name occurs twice
 * @param toolChoice whether they must be
 * @param parallelToolCalls whether an answer may have several calls
 * @param safePrompt whether the guardrail prompt stands in front
 * @param unfinished whether the last message, of role assistant, is the beginning of the answer
 */
public record ChatRequest(
    List<ChatMessage> messages,
    List<ToolDefinition> tools,
    ToolChoice toolChoice,
    boolean parallelToolCalls,
    boolean safePrompt,
    boolean unfinished) {

  /**
   * @throws IllegalArgumentException if two tools have one name, the tool choice has no tool, or a
   *     call is forced in an unfinished answer
   */
  public ChatRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    Set<String> names = new HashSet<>();
    for (ToolDefinition tool : tools) {
      if (!names.add(tool.name())) {
        throw new IllegalArgumentException("tools has two tools named '%s'".formatted(tool.name()));
      }
    }
    if (toolChoice.isForced() && tools.isEmpty()) {
      throw new IllegalArgumentException(
          "tool_choice asks for a call, but there are no tools; give tools, or leave it out");
    }
    if (toolChoice.name().isPresent() && !names.contains(toolChoice.name().get())) {
      throw new IllegalArgumentException(
          "tool_choice names the tool '%s', which is not among tools (%s)"
              .formatted(
                  toolChoice.name().get(),
                  String.join(", ", tools.stream().map(ToolDefinition::name).toList())));
    }
    if (toolChoice.isForced() && unfinished) {
      throw new IllegalArgumentException(
          "tool_choice asks for a call, but the answer begins with text (prefix); leave out one");
    }
  }

  /** A conversation without tools. */
  public static ChatRequest of(List<ChatMessage> messages) {
    return new ChatRequest(messages, List.of(), ToolChoice.AUTO, true, false, false);
  }

  public ChatRequest withTools(List<ToolDefinition> value) {
    return new ChatRequest(messages, value, toolChoice, parallelToolCalls, safePrompt, unfinished);
  }

  /** Takes effect together with tools, which are to be given first. */
  public ChatRequest withToolChoice(ToolChoice value) {
    return new ChatRequest(messages, tools, value, parallelToolCalls, safePrompt, unfinished);
  }

  public ChatRequest withParallelToolCalls(boolean value) {
    return new ChatRequest(messages, tools, toolChoice, value, safePrompt, unfinished);
  }

  public ChatRequest withSafePrompt(boolean value) {
    return new ChatRequest(messages, tools, toolChoice, parallelToolCalls, value, unfinished);
  }

  public ChatRequest withUnfinished(boolean value) {
    return new ChatRequest(messages, tools, toolChoice, parallelToolCalls, safePrompt, value);
  }
}
