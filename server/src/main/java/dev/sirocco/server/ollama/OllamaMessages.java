package dev.sirocco.server.ollama;

import dev.sirocco.engine.tools.ToolCallIds;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.ChatMessages;
import dev.sirocco.tokenizer.Role;
import dev.sirocco.tokenizer.ToolCall;
import dev.sirocco.tokenizer.ToolDefinition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Reads a conversation as Ollama's API writes it. Calls have no ids there, so results answer the
 * calls before them in order, or by the name of the tool.
 */
final class OllamaMessages {

  private static final int MOST_MESSAGES = 10_000;
  private static final int MOST_CALLS = 1_000;
  private static final int MOST_TOOLS = 512;

  private final List<ChatMessage> messages = new ArrayList<>();
  private final Deque<ToolCall> open = new ArrayDeque<>();

  private OllamaMessages() {}

  /**
   * The messages of a request; there may be none.
   *
   * @throws ApiException 400 that names what is wrong
   */
  static List<ChatMessage> read(JsonFields body) {
    OllamaMessages reader = new OllamaMessages();
    body.objects("messages", MOST_MESSAGES).forEach(reader::message);
    return List.copyOf(reader.messages);
  }

  /** The tools of a request, in the form of OpenAI's API. */
  static List<ToolDefinition> tools(JsonFields body) {
    Optional<JsonNode> tools = body.any("tools");
    if (tools.isEmpty()) {
      return List.of();
    }
    JsonNode array = JsonFields.array(tools.get(), "tools", MOST_TOOLS);
    try {
      return ChatMessages.parseTools(Json.write(array));
    } catch (IllegalArgumentException e) {
      throw ApiException.badField("tools", String.valueOf(e.getMessage()));
    }
  }

  /** Refuses images, which these models do not see. */
  static void requireNoImages(JsonFields fields) {
    Optional<JsonNode> images = fields.any("images");
    if (images.isPresent() && !(images.get().isArray() && images.get().isEmpty())) {
      throw ApiException.badField(
          fields.at("images"),
          "%s is given, but these models read text only; leave it out"
              .formatted(fields.at("images")));
    }
  }

  private void message(JsonFields message) {
    requireNoImages(message);
    String role =
        message
            .oneOf("role", "system", "user", "assistant", "tool")
            .orElseThrow(() -> message.missing("role", "system, user, assistant or tool"));
    String content = message.text("content").orElse("");
    messages.add(
        switch (role) {
          case "system" -> ChatMessage.system(content);
          case "user" -> ChatMessage.user(content);
          case "assistant" -> ChatMessage.assistant(content, calls(message));
          default -> result(message, content);
        });
  }

  private List<ToolCall> calls(JsonFields message) {
    open.clear();
    for (JsonFields call : message.objects("tool_calls", MOST_CALLS)) {
      JsonFields function =
          call.object("function")
              .orElseThrow(() -> call.missing("function", "an object with name and arguments"));
      String name = function.requiredText("name");
      if (name.isEmpty()) {
        throw JsonFields.wrong(
            function.at("name"), function.any("name").orElseThrow(), "the name of a tool");
      }
      String arguments =
          function.object("arguments").map(object -> Json.write(object.node())).orElse("{}");
      open.add(new ToolCall(call.text("id").orElseGet(ToolCallIds::next), name, arguments));
    }
    return List.copyOf(open);
  }

  private ChatMessage result(JsonFields message, String content) {
    Optional<String> name = message.text("tool_name").or(() -> message.text("name"));
    Optional<String> id = message.text("tool_call_id");
    Optional<ToolCall> call =
        open.stream()
            .filter(
                c ->
                    id.map(c.id()::equals).orElseGet(() -> name.map(c.name()::equals).orElse(true)))
            .findFirst();
    call.ifPresent(open::remove);
    return new ChatMessage(
        Role.TOOL,
        content,
        List.of(),
        call.map(ToolCall::id).or(() -> id),
        call.map(ToolCall::name).or(() -> name));
  }
}
