package dev.sirocco.server.ollama;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.FinishReason;
import dev.sirocco.engine.Generation;
import dev.sirocco.engine.tools.AnswerDelta;
import dev.sirocco.engine.tools.ToolCallReader;
import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.http.Json;
import dev.sirocco.tokenizer.ToolCall;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes an answer as objects of Ollama's API: one for each piece of text, one with all calls, and
 * a last one with the figures. Calls come whole, as Ollama sends them.
 */
final class OllamaReply implements ChatAnswer.Sink {

  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final double NANOS_OF_MILLI = 1e6;

  private final String model;
  private final boolean chat;
  private final boolean whole;
  private final ChatAnswer answer;
  private final Consumer<ObjectNode> lines;
  private final long started = System.nanoTime();

  /**
   * A writer.
   *
   * @param model the name by which the model was asked for
   * @param chat whether the text is a message's, or else a response's
   * @param whole whether all is one object
   * @param lines takes the objects
   */
  OllamaReply(
      String model, boolean chat, boolean whole, ChatAnswer answer, Consumer<ObjectNode> lines) {
    this.model = model;
    this.chat = chat;
    this.whole = whole;
    this.answer = answer;
    this.lines = lines;
  }

  @Override
  public void token(int choice, List<AnswerDelta> deltas, AnswerEvent.Token token) {
    if (!whole) {
      deltas.forEach(this::send);
    }
  }

  private void send(AnswerDelta delta) {
    if (delta instanceof AnswerDelta.Content(String text)) {
      lines.accept(object(model, chat, text).put("done", false));
    }
  }

  @Override
  public void end(
      int choice, List<AnswerDelta> deltas, ToolCallReader reader, Generation generation) {
    if (whole) {
      ObjectNode all = object(model, chat, reader.content());
      putCalls(all, reader.calls());
      lines.accept(done(all, generation));
      return;
    }
    deltas.forEach(this::send);
    if (!reader.calls().isEmpty()) {
      ObjectNode calls = object(model, chat, "");
      putCalls(calls, reader.calls());
      lines.accept(calls.put("done", false));
    }
    lines.accept(done(object(model, chat, ""), generation));
  }

  /** An object with a piece of text. */
  static ObjectNode object(String model, boolean chat, String text) {
    ObjectNode object = Json.object();
    object.put("model", model).put("created_at", Instant.now().toString());
    if (chat) {
      object.putObject("message").put("role", "assistant").put("content", text);
    } else {
      object.put("response", text);
    }
    return object;
  }

  private void putCalls(ObjectNode object, List<ToolCall> calls) {
    if (calls.isEmpty() || !chat) {
      return;
    }
    ArrayNode array = ((ObjectNode) object.get("message")).putArray("tool_calls");
    for (ToolCall call : calls) {
      ObjectNode node = array.addObject().put("id", call.id());
      node.putObject("function")
          .put("index", array.size() - 1)
          .put("name", call.name())
          .set("arguments", arguments(call.arguments()));
    }
  }

  /** Arguments are an object in Ollama's API; others are the member {@code INVALID_JSON} of one. */
  private static JsonNode arguments(String text) {
    try {
      JsonNode arguments = MAPPER.readTree(text);
      if (arguments.isObject()) {
        return arguments;
      }
    } catch (JacksonException e) {
      return Json.object().put("INVALID_JSON", text);
    }
    return Json.object().put("INVALID_JSON", text);
  }

  private ObjectNode done(ObjectNode object, Generation generation) {
    boolean cut =
        generation.finishReason() == FinishReason.LENGTH
            || generation.finishReason() == FinishReason.DEADLINE;
    return object
        .put("done", true)
        .put("done_reason", cut ? "length" : "stop")
        .put("total_duration", System.nanoTime() - started)
        .put("load_duration", 0)
        .put("prompt_eval_count", answer.promptTokens())
        .put("prompt_eval_duration", nanos(generation.timings().prefillMillis()))
        .put("eval_count", generation.tokens().size())
        .put("eval_duration", nanos(generation.timings().decodeMillis()));
  }

  private static long nanos(double millis) {
    return Math.round(millis * NANOS_OF_MILLI);
  }
}
