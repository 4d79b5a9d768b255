package dev.sirocco.server.anthropic;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.Generation;
import dev.sirocco.engine.tools.AnswerDelta;
import dev.sirocco.engine.tools.ToolCallReader;
import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.http.EventStream;
import dev.sirocco.server.http.Json;
import dev.sirocco.tokenizer.Tokenizer;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Streams an answer: {@code message_start}, for each block its start, its deltas and its stop, then
 * {@code message_delta} and {@code message_stop}.
 */
final class MessageEvents implements ChatAnswer.Sink {

  private static final int NO_CALL = -1;
  private static final int NOTHING = -2;

  private final EventStream stream;
  private final MessagesCall call;
  private final ChatAnswer answer;
  private final Tokenizer tokenizer;
  private boolean begun;
  private int block;
  // What the open block holds: the index of a call, text, or no block is open.
  private int open = NOTHING;

  MessageEvents(EventStream stream, MessagesCall call, ChatAnswer answer, Tokenizer tokenizer) {
    this.stream = stream;
    this.call = call;
    this.answer = answer;
    this.tokenizer = tokenizer;
  }

  @Override
  public void token(int choice, List<AnswerDelta> deltas, AnswerEvent.Token token) {
    begin();
    deltas.forEach(this::send);
  }

  private void begin() {
    if (!begun) {
      begun = true;
      ObjectNode message = Messages.empty(call.model());
      message.set("usage", Messages.usage(answer, 1));
      ObjectNode start = event("message_start");
      start.set("message", message);
      stream.event("message_start", start);
      stream.event("ping", event("ping"));
    }
  }

  private static ObjectNode event(String type) {
    return Json.object().put("type", type);
  }

  private void send(AnswerDelta delta) {
    switch (delta) {
      case AnswerDelta.Content(String text) -> {
        if (open != NO_CALL) {
          open(NO_CALL, Messages.text(""));
        }
        delta(Json.object().put("type", "text_delta").put("text", text));
      }
      case AnswerDelta.CallStart(int index, String id, String name) ->
          open(index, Messages.toolUse(id, name));
      case AnswerDelta.Arguments(int index, String fragment) ->
          delta(Json.object().put("type", "input_json_delta").put("partial_json", fragment));
    }
  }

  private void open(int holds, ObjectNode content) {
    close();
    open = holds;
    ObjectNode start = event("content_block_start").put("index", block);
    start.set("content_block", content);
    stream.event("content_block_start", start);
  }

  private void delta(ObjectNode content) {
    ObjectNode delta = event("content_block_delta").put("index", block);
    delta.set("delta", content);
    stream.event("content_block_delta", delta);
  }

  private void close() {
    if (open != NOTHING) {
      stream.event("content_block_stop", event("content_block_stop").put("index", block));
      block++;
      open = NOTHING;
    }
  }

  @Override
  public void end(
      int choice, List<AnswerDelta> deltas, ToolCallReader reader, Generation generation) {
    begin();
    deltas.forEach(this::send);
    close();
    ObjectNode last = event("message_delta");
    StopReason.of(generation, !reader.calls().isEmpty(), call.sampling().stops(), tokenizer)
        .putInto(last.putObject("delta"));
    last.set("usage", Messages.usage(answer, generation.tokens().size()));
    stream.event("message_delta", last);
    stream.event("message_stop", event("message_stop"));
  }
}
