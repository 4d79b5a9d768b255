package dev.sirocco.server.openai;

import dev.sirocco.engine.tools.ChatRequest;
import dev.sirocco.engine.tools.ToolChoice;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.ChatMessages;
import dev.sirocco.tokenizer.Role;
import dev.sirocco.tokenizer.ToolDefinition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads a conversation as OpenAI's and Mistral's APIs write it. */
public final class ChatFields {

  private static final int MOST_MESSAGES = 10_000;
  private static final int MOST_TOOLS = 512;
  private static final Set<String> MESSAGE_KEYS =
      Set.of("role", "content", "name", "tool_calls", "tool_call_id");
  private static final Pattern PLACE = Pattern.compile("(messages|tools)[\\w.\\[\\]]*");

  private ChatFields() {}

  /**
   * The conversation of a request.
   *
   * @param safePrompt whether the guardrail stands in front of all
   * @throws ApiException 400 that names what is wrong
   */
  public static ChatRequest read(JsonFields body, boolean safePrompt) {
    List<JsonFields> given = body.objects("messages", MOST_MESSAGES);
    if (given.isEmpty()) {
      throw body.missing("messages", "an array of at least one message");
    }
    List<ChatMessage> messages = messages(given);
    List<ToolDefinition> tools = tools(body);
    ToolChoice choice = toolChoice(body, tools);
    boolean parallel = body.flag("parallel_tool_calls", true);
    boolean safe = body.flag("safe_prompt", false) || safePrompt;
    boolean unfinished = unfinished(given, messages);
    return named(
        "tool_choice", () -> new ChatRequest(messages, tools, choice, parallel, safe, unfinished));
  }

  /** The messages without the fields that mean nothing here, such as {@code refusal}. */
  private static List<ChatMessage> messages(List<JsonFields> given) {
    ArrayNode known = Json.array();
    for (JsonFields message : given) {
      ObjectNode copy = known.addObject();
      for (String key : MESSAGE_KEYS) {
        message.any(key).ifPresent(value -> copy.set(key, value));
      }
    }
    return named("messages", () -> ChatMessages.parse(Json.write(known)));
  }

  private static boolean unfinished(List<JsonFields> given, List<ChatMessage> messages) {
    for (int i = 0; i < given.size(); i++) {
      boolean prefix = given.get(i).flag("prefix", false);
      boolean last = i == given.size() - 1;
      if (prefix && (!last || messages.get(i).role() != Role.ASSISTANT)) {
        throw ApiException.badField(
            given.get(i).at("prefix"),
            "%s is true; only the last message can be continued, and only an assistant's"
                .formatted(given.get(i).at("prefix")));
      }
      if (prefix) {
        return true;
      }
    }
    return false;
  }

  private static List<ToolDefinition> tools(JsonFields body) {
    Optional<JsonNode> tools = body.any("tools");
    if (tools.isEmpty()) {
      return List.of();
    }
    JsonNode array = JsonFields.array(tools.get(), "tools", MOST_TOOLS);
    return named("tools", () -> ChatMessages.parseTools(Json.write(array)));
  }

  private static ToolChoice toolChoice(JsonFields body, List<ToolDefinition> tools) {
    Optional<JsonNode> choice = body.any("tool_choice");
    if (choice.isEmpty()) {
      return ToolChoice.AUTO;
    }
    if (choice.get().isString()) {
      ToolChoice word =
          ToolChoice.ofWord(choice.get().stringValue())
              .orElseThrow(
                  () ->
                      JsonFields.wrong(
                          "tool_choice",
                          choice.get(),
                          "auto, none, any, required or an object that names a tool"));
      return word;
    }
    JsonFields named = body.object("tool_choice").orElseThrow();
    JsonFields function =
        named
            .object("function")
            .orElseThrow(() -> named.missing("function", "an object with the name of a tool"));
    String name = function.requiredText("name");
    if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
      throw JsonFields.wrong(
          "tool_choice.function.name",
          function.any("name").orElseThrow(),
          "the name of one of tools");
    }
    return ToolChoice.named(name);
  }

  /** Turns what the tokenizer's readers say into the API's error, with the place they name. */
  private static <T> T named(String param, Supplier<T> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      Matcher place = PLACE.matcher(message);
      throw ApiException.badField(place.lookingAt() ? place.group() : param, message);
    }
  }
}
