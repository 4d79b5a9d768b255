package dev.sirocco.server.openai;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.Generation;
import dev.sirocco.engine.tools.AnswerDelta;
import dev.sirocco.engine.tools.ToolCallReader;
import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.http.EventStream;
import dev.sirocco.server.http.Json;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Streams a chat's answers as {@code chat.completion.chunk} events. */
final class ChatChunks implements ChatAnswer.Sink {

  private final EventStream stream;
  private final ChatCall call;
  private final ChatAnswer answer;
  private final TokenTexts texts;
  private final String id = Ids.next("chatcmpl-");
  private final long created = Instant.now().getEpochSecond();
  private final boolean[] begun;
  private int completionTokens;

  ChatChunks(EventStream stream, ChatCall call, ChatAnswer answer, TokenTexts texts) {
    this.stream = stream;
    this.call = call;
    this.answer = answer;
    this.texts = texts;
    this.begun = new boolean[call.sampling().n()];
  }

  @Override
  public void token(int choice, List<AnswerDelta> deltas, AnswerEvent.Token token) {
    begin(choice);
    boolean told = call.logprobs() && texts.isShown(token.token());
    if (told && deltas.isEmpty()) {
      send(choice, Json.object(), token);
    }
    for (int i = 0; i < deltas.size(); i++) {
      if (told && i == 0) {
        send(choice, delta(deltas.get(i)), token);
      } else {
        send(choice, delta(deltas.get(i)));
      }
    }
  }

  /** The role, once for each answer, and what the answer begins with. */
  private void begin(int choice) {
    if (!begun[choice]) {
      begun[choice] = true;
      send(choice, Json.object().put("role", "assistant").put("content", answer.start()));
    }
  }

  @Override
  public void end(
      int choice, List<AnswerDelta> deltas, ToolCallReader reader, Generation generation) {
    begin(choice);
    deltas.forEach(delta -> send(choice, delta(delta)));
    completionTokens += generation.tokens().size();
    ObjectNode chunk = chunk();
    ObjectNode last = addChoice(chunk, choice, Json.object());
    last.put(
        "finish_reason", FinishReasons.of(generation.finishReason(), !reader.calls().isEmpty()));
    if (call.routing()) {
      chunk.set("sirocco", RoutingJson.of(generation.routing()));
    }
    stream.data(chunk);
  }

  /** Sends the tokens used, if they are asked for. */
  void finish() {
    if (call.stream().includeUsage()) {
      ObjectNode chunk = chunk();
      chunk.putArray("choices");
      chunk.set(
          "usage",
          new Usage(answer.promptTokens(), answer.cachedTokens(), completionTokens).toJson());
      stream.data(chunk);
    }
  }

  private static ObjectNode delta(AnswerDelta delta) {
    return switch (delta) {
      case AnswerDelta.Content content -> Json.object().put("content", content.text());
      case AnswerDelta.CallStart start -> {
        ObjectNode node = Json.object();
        ObjectNode call = node.putArray("tool_calls").addObject();
        call.put("index", start.index()).put("id", start.id()).put("type", "function");
        call.putObject("function").put("name", start.name()).put("arguments", "");
        yield node;
      }
      case AnswerDelta.Arguments arguments -> {
        ObjectNode node = Json.object();
        ObjectNode call = node.putArray("tool_calls").addObject();
        call.put("index", arguments.index());
        call.putObject("function").put("arguments", arguments.fragment());
        yield node;
      }
    };
  }

  private void send(int choice, ObjectNode delta) {
    ObjectNode chunk = chunk();
    addChoice(chunk, choice, delta);
    stream.data(chunk);
  }

  private void send(int choice, ObjectNode delta, AnswerEvent.Token token) {
    ObjectNode chunk = chunk();
    ObjectNode logprobs = addChoice(chunk, choice, delta).putObject("logprobs");
    logprobs.putArray("content").add(texts.withTop(token));
    logprobs.putNull("refusal");
    stream.data(chunk);
  }

  private ObjectNode chunk() {
    ObjectNode chunk = Json.object();
    chunk.put("id", id).put("object", "chat.completion.chunk").put("created", created);
    chunk.put("model", call.model());
    if (call.stream().includeUsage()) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  private static ObjectNode addChoice(ObjectNode chunk, int index, ObjectNode delta) {
    ObjectNode choice = chunk.putArray("choices").addObject();
    choice.put("index", index).set("delta", delta);
    choice.putNull("logprobs").putNull("finish_reason");
    return choice;
  }
}
