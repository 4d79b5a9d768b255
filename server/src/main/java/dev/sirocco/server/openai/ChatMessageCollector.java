package dev.sirocco.server.openai;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.Generation;
import dev.sirocco.engine.tools.AnswerDelta;
import dev.sirocco.engine.tools.ToolCallReader;
import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.http.Json;
import dev.sirocco.tokenizer.ToolCall;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Gathers a chat's answers into one {@code chat.completion}. */
final class ChatMessageCollector implements ChatAnswer.Sink {

  private final ChatCall call;
  private final ChatAnswer answer;
  private final TokenTexts texts;
  private final ObjectNode body = Json.object();
  private final List<ObjectNode> choices;
  private final List<ArrayNode> logprobs;
  private int completionTokens;

  ChatMessageCollector(ChatCall call, ChatAnswer answer, TokenTexts texts) {
    this.call = call;
    this.answer = answer;
    this.texts = texts;
    int n = call.sampling().n();
    this.choices = IntStream.range(0, n).mapToObj(i -> Json.object().put("index", i)).toList();
    this.logprobs = IntStream.range(0, n).mapToObj(i -> Json.array()).toList();
  }

  @Override
  public void token(int choice, List<AnswerDelta> deltas, AnswerEvent.Token token) {
    if (call.logprobs() && texts.isShown(token.token())) {
      logprobs.get(choice).add(texts.withTop(token));
    }
  }

  @Override
  public void end(
      int index, List<AnswerDelta> deltas, ToolCallReader reader, Generation generation) {
    completionTokens += generation.tokens().size();
    ObjectNode choice = choices.get(index);
    choice.set("message", message(reader));
    if (call.logprobs()) {
      ObjectNode told = choice.putObject("logprobs");
      told.set("content", logprobs.get(index));
      told.putNull("refusal");
    } else {
      choice.putNull("logprobs");
    }
    choice.put(
        "finish_reason", FinishReasons.of(generation.finishReason(), !reader.calls().isEmpty()));
    if (call.routing() && index == 0) {
      body.set("sirocco", RoutingJson.of(generation.routing()));
    }
  }

  private ObjectNode message(ToolCallReader reader) {
    ObjectNode message = Json.object().put("role", "assistant");
    String content = answer.start() + reader.content();
    if (content.isEmpty() && !reader.calls().isEmpty()) {
      message.putNull("content");
    } else {
      message.put("content", content);
    }
    message.putNull("refusal");
    if (!reader.calls().isEmpty()) {
      ArrayNode calls = message.putArray("tool_calls");
      for (ToolCall one : reader.calls()) {
        ObjectNode node = calls.addObject().put("id", one.id()).put("type", "function");
        node.putObject("function").put("name", one.name()).put("arguments", one.arguments());
      }
    }
    return message;
  }

  ObjectNode toJson() {
    body.put("id", Ids.next("chatcmpl-")).put("object", "chat.completion");
    body.put("created", Instant.now().getEpochSecond()).put("model", call.model());
    ArrayNode array = body.putArray("choices");
    choices.forEach(array::add);
    body.set(
        "usage",
        new Usage(answer.promptTokens(), answer.cachedTokens(), completionTokens).toJson());
    return body;
  }
}
