package dev.sirocco.tokenizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Reads conversations and tool definitions in the JSON of OpenAI's API.
 *
 * <p>Whatever is wrong ends in an {@link IllegalArgumentException} that names the place, as in
 * {@code messages[2].role}, the value found and the value wanted.
 */
public final class ChatMessages {

  private static final Set<String> MESSAGE_KEYS =
      Set.of("role", "content", "name", "tool_calls", "tool_call_id");

  private ChatMessages() {}

  /**
   * Reads an array of messages, or an object with such an array as {@code messages}.
   *
   * @throws IllegalArgumentException if the text is not that; the message says where
   */
  public static List<ChatMessage> parse(String json) {
    JsonNode array = arrayOf(Json.parse(json, "messages"), "messages");
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      messages.add(message(array.get(i), "messages[" + i + "]"));
    }
    return List.copyOf(messages);
  }

  /** Reads messages from a UTF-8 file, as {@link #parse(String)} does. */
  public static List<ChatMessage> parse(Path file) {
    return parse(read(file));
  }

  /**
   * Reads an array of tool definitions, or an object with such an array as {@code tools}.
   *
   * @throws IllegalArgumentException if the text is not that; the message says where
   */
  public static List<ToolDefinition> parseTools(String json) {
    JsonNode array = arrayOf(Json.parse(json, "tools"), "tools");
    List<ToolDefinition> tools = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      tools.add(tool(array.get(i), "tools[" + i + "]"));
    }
    return List.copyOf(tools);
  }

  /** Reads tool definitions from a UTF-8 file, as {@link #parseTools(String)} does. */
  public static List<ToolDefinition> parseTools(Path file) {
    return parseTools(read(file));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + " as UTF-8 text: " + e, e);
    }
  }

  private static JsonNode arrayOf(JsonNode root, String name) {
    JsonNode array = root.isObject() && root.has(name) ? root.get(name) : root;
    if (!array.isArray()) {
      throw wrong(name, array, "an array");
    }
    return array;
  }

  private static ChatMessage message(JsonNode node, String at) {
    requireObject(node, at);
    for (String key : node.propertyNames()) {
      if (!MESSAGE_KEYS.contains(key) && !node.get(key).isNull()) {
        throw new IllegalArgumentException(
            "%s has the unknown key '%s'; known are role, content, name, tool_calls and tool_call_id"
                .formatted(at, key));
      }
    }
    Role role = role(node.path("role"), at + ".role");
    List<ToolCall> calls = toolCalls(node.path("tool_calls"), at + ".tool_calls");
    if (role != Role.ASSISTANT && !calls.isEmpty()) {
      throw new IllegalArgumentException(
          "%s.tool_calls is there in a message of role %s; only role assistant can call tools"
              .formatted(at, role.wireName()));
    }
    return new ChatMessage(
        role,
        content(node.path("content"), role, at + ".content"),
        calls,
        optionalText(node, "tool_call_id", at),
        optionalText(node, "name", at));
  }

  private static Role role(JsonNode node, String at) {
    String name = text(node, at);
    if (name.equals("developer")) {
      return Role.SYSTEM;
    }
    for (Role role : Role.values()) {
      if (role.wireName().equals(name)) {
        return role;
      }
    }
    throw wrong(at, node, "system, user, assistant or tool");
  }

  private static String content(JsonNode node, Role role, String at) {
    if (node.isMissingNode() || node.isNull()) {
      if (role == Role.ASSISTANT) {
        return "";
      }
      throw wrong(at, node, "a text");
    }
    if (!node.isArray()) {
      return text(node, at);
    }
    StringBuilder content = new StringBuilder();
    for (int i = 0; i < node.size(); i++) {
      JsonNode part = node.get(i);
      String partAt = at + "[" + i + "]";
      requireObject(part, partAt);
      if (!text(part.path("type"), partAt + ".type").equals("text")) {
        throw wrong(partAt + ".type", part.path("type"), "text: only text can be read");
      }
      content.append(text(part.path("text"), partAt + ".text"));
    }
    return content.toString();
  }

  private static List<ToolCall> toolCalls(JsonNode node, String at) {
    if (node.isMissingNode() || node.isNull()) {
      return List.of();
    }
    if (!node.isArray()) {
      throw wrong(at, node, "an array");
    }
    List<ToolCall> calls = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      String callAt = at + "[" + i + "]";
      JsonNode call = node.get(i);
      requireObject(call, callAt);
      JsonNode function = call.path("function");
      requireObject(function, callAt + ".function");
      calls.add(
          new ToolCall(
              optionalText(call, "id", callAt).orElse(""),
              name(function, callAt + ".function"),
              arguments(function.path("arguments"), callAt + ".function.arguments")));
    }
    return calls;
  }

  /** Arguments as text; models may write some that are no JSON, and see them again so. */
  private static String arguments(JsonNode node, String at) {
    return node.isObject() ? Json.write(node) : text(node, at);
  }

  private static ToolDefinition tool(JsonNode node, String at) {
    requireObject(node, at);
    if (node.has("type") && !text(node.path("type"), at + ".type").equals("function")) {
      throw wrong(at + ".type", node.path("type"), "function");
    }
    JsonNode function = node.path("function");
    requireObject(function, at + ".function");
    JsonNode parameters = function.path("parameters");
    if (!parameters.isMissingNode()) {
      requireObject(parameters, at + ".function.parameters");
    }
    return new ToolDefinition(
        name(function, at + ".function"),
        optionalText(function, "description", at + ".function").orElse(""),
        parameters.isMissingNode() ? "{}" : Json.write(parameters));
  }

  private static String name(JsonNode function, String at) {
    JsonNode name = function.path("name");
    if (text(name, at + ".name").isEmpty()) {
      throw wrong(at + ".name", name, "the name of a tool");
    }
    return name.stringValue();
  }

  private static Optional<String> optionalText(JsonNode node, String key, String at) {
    JsonNode value = node.path(key);
    return value.isMissingNode() || value.isNull()
        ? Optional.empty()
        : Optional.of(text(value, at + "." + key));
  }

  private static String text(JsonNode node, String at) {
    if (!node.isString()) {
      throw wrong(at, node, "a text");
    }
    return node.stringValue();
  }

  private static void requireObject(JsonNode node, String at) {
    if (!node.isObject()) {
      throw wrong(at, node, "an object");
    }
  }

  private static IllegalArgumentException wrong(String at, JsonNode found, String wanted) {
    return new IllegalArgumentException(
        "%s: found %s; wanted %s".formatted(at, Json.brief(found), wanted));
  }
}
