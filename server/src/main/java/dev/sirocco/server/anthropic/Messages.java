package dev.sirocco.server.anthropic;

import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.http.Json;
import dev.sirocco.tokenizer.ToolCall;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Parts of an answer that are alike whether it is streamed or not. */
final class Messages {

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Messages() {}

  /** A message without content. */
  static ObjectNode empty(String model) {
    ObjectNode message = Json.object();
    message.put("id", "msg_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24));
    message.put("type", "message").put("role", "assistant").put("model", model);
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    return message;
  }

  /** Tokens used; those found in the cache are counted apart. */
  static ObjectNode usage(ChatAnswer answer, int outputTokens) {
    return Json.object()
        .put("input_tokens", answer.promptTokens() - answer.cachedTokens())
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", answer.cachedTokens())
        .put("output_tokens", outputTokens);
  }

  static ObjectNode text(String text) {
    return Json.object().put("type", "text").put("text", text);
  }

  /** A call of a tool, without its input. */
  static ObjectNode toolUse(String id, String name) {
    ObjectNode block = Json.object().put("type", "tool_use").put("id", id).put("name", name);
    block.putObject("input");
    return block;
  }

  /**
   * A call of a tool. Arguments that are no JSON object, as a model may write them, are the text
   * {@code INVALID_JSON} of the input.
   */
  static ObjectNode toolUse(ToolCall call) {
    ObjectNode block = toolUse(call.id(), call.name());
    block.set("input", input(call.arguments()));
    return block;
  }

  private static JsonNode input(String arguments) {
    try {
      JsonNode input = MAPPER.readTree(arguments);
      if (input.isObject()) {
        return input;
      }
    } catch (JacksonException e) {
      return invalid(arguments);
    }
    return invalid(arguments);
  }

  private static ObjectNode invalid(String arguments) {
    return Json.object().put("INVALID_JSON", arguments);
  }
}
