package dev.sirocco.server.anthropic;

import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.Role;
import dev.sirocco.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Reads a conversation as Anthropic's API writes it: the system prompt apart, and messages of
 * blocks. A result of a tool is a block of a user's message there, and a message of its own here.
 */
final class MessageFields {

  private static final int MOST_MESSAGES = 10_000;
  private static final int MOST_BLOCKS = 10_000;

  private final List<ChatMessage> messages = new ArrayList<>();
  private final Map<String, String> toolNames = new HashMap<>();

  private MessageFields() {}

  /**
   * The conversation of a request.
   *
   * @throws ApiException 400 that names what is wrong
   */
  static List<ChatMessage> read(JsonFields body) {
    MessageFields fields = new MessageFields();
    fields.system(body);
    List<JsonFields> given = body.objects("messages", MOST_MESSAGES);
    if (given.isEmpty()) {
      throw body.missing("messages", "an array of at least one message");
    }
    given.forEach(fields::message);
    return List.copyOf(fields.messages);
  }

  private void system(JsonFields body) {
    String text = body.has("system") ? textOf(body, "system") : "";
    if (!text.isEmpty()) {
      messages.add(ChatMessage.system(text));
    }
  }

  private void message(JsonFields message) {
    String role =
        message
            .oneOf("role", "user", "assistant")
            .orElseThrow(() -> message.missing("role", "user or assistant"));
    if (message.any("content").isEmpty()) {
      throw message.missing("content", "a text or an array of blocks");
    }
    if (role.equals("user")) {
      user(message);
    } else {
      assistant(message);
    }
  }

  private void user(JsonFields message) {
    StringBuilder text = new StringBuilder();
    boolean hasText = false;
    for (JsonFields block : blocks(message, "content")) {
      switch (type(block)) {
        case "text" -> {
          text.append(block.requiredText("text"));
          hasText = true;
        }
        case "tool_result" -> messages.add(toolResult(block));
        default -> throw unknown(block, "text or tool_result; these models read text only");
      }
    }
    if (hasText) {
      messages.add(ChatMessage.user(text.toString()));
    }
  }

  private ChatMessage toolResult(JsonFields block) {
    String id = block.requiredText("tool_use_id");
    String content = block.has("content") ? textOf(block, "content") : "";
    return new ChatMessage(
        Role.TOOL, content, List.of(), Optional.of(id), Optional.ofNullable(toolNames.get(id)));
  }

  private void assistant(JsonFields message) {
    StringBuilder text = new StringBuilder();
    List<ToolCall> calls = new ArrayList<>();
    for (JsonFields block : blocks(message, "content")) {
      switch (type(block)) {
        case "text" -> text.append(block.requiredText("text"));
        case "tool_use" -> calls.add(toolUse(block));
        case "thinking", "redacted_thinking" -> {
          // what another model thought is no part of what it said
        }
        default -> throw unknown(block, "text or tool_use");
      }
    }
    messages.add(ChatMessage.assistant(text.toString(), calls));
  }

  private ToolCall toolUse(JsonFields block) {
    String id = block.requiredText("id");
    String name = block.requiredText("name");
    if (name.isEmpty()) {
      throw JsonFields.wrong(
          block.at("name"), block.any("name").orElseThrow(), "the name of a tool");
    }
    JsonFields input = block.object("input").orElseThrow(() -> block.missing("input", "an object"));
    toolNames.put(id, name);
    return new ToolCall(id, name, Json.write(input.node()));
  }

  /** The texts of a field that is a text or an array of blocks of text. */
  private static String textOf(JsonFields fields, String name) {
    StringBuilder text = new StringBuilder();
    for (JsonFields block : blocks(fields, name)) {
      if (!type(block).equals("text")) {
        throw unknown(block, "text; these models read text only");
      }
      text.append(block.requiredText("text"));
    }
    return text.toString();
  }

  /** The blocks of a field; a text alone is one block. */
  private static List<JsonFields> blocks(JsonFields fields, String name) {
    Optional<JsonNode> value = fields.any(name);
    if (value.isPresent() && value.get().isString()) {
      return List.of(
          JsonFields.of(Json.object().put("type", "text").put("text", value.get().stringValue())));
    }
    return fields.objects(name, MOST_BLOCKS);
  }

  private static String type(JsonFields block) {
    return block.requiredText("type");
  }

  private static ApiException unknown(JsonFields block, String wanted) {
    return JsonFields.wrong(block.at("type"), block.any("type").orElseThrow(), wanted);
  }
}
