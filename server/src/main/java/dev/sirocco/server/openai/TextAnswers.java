package dev.sirocco.server.openai;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.Prompt;
import dev.sirocco.server.http.Json;
import dev.sirocco.tokenizer.Tokenizer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The answers to a request for completions, gathered into one {@code text_completion}. */
final class TextAnswers {

  private final CompletionCall call;
  private final List<AnswerStream> streams;
  private final Tokenizer tokenizer;
  private final TokenTexts texts;
  private final List<ObjectNode> choices = new ArrayList<>();
  private final List<TextLogprobs> logprobs = new ArrayList<>();
  private final String id = Ids.next("cmpl-");
  private final long created = Instant.now().getEpochSecond();
  private int completionTokens;

  TextAnswers(CompletionCall call, List<AnswerStream> streams, Tokenizer tokenizer) {
    this.call = call;
    this.streams = streams;
    this.tokenizer = tokenizer;
    this.texts = new TokenTexts(tokenizer);
    for (int i = 0; i < call.prompts().size() * call.n(); i++) {
      choices.add(Json.object());
      logprobs.add(new TextLogprobs(texts, 0));
    }
  }

  /** Takes an event of the answers to one of the prompts. */
  void add(int prompt, AnswerEvent event) {
    int index = call.index(prompt, event.choice());
    switch (event) {
      case AnswerEvent.Token token -> {
        if (call.logprobs().isPresent() && texts.isShown(token.token())) {
          logprobs.get(index).add(token);
        }
      }
      case AnswerEvent.End end -> {
        count(end);
        ObjectNode choice = choices.get(index);
        choice.put("text", start(prompt) + end.generation().text()).put("index", index);
        if (call.logprobs().isPresent()) {
          choice.set("logprobs", logprobs.get(index).toJson());
        } else {
          choice.putNull("logprobs");
        }
        choice.put("finish_reason", FinishReasons.of(end.generation().finishReason()));
      }
    }
  }

  /** Counts the tokens of a complete answer. */
  void count(AnswerEvent.End end) {
    completionTokens += end.generation().tokens().size();
  }

  /** What stands before an answer: the prompt's text if it is to be repeated. */
  String start(int prompt) {
    if (!call.echo()) {
      return "";
    }
    return switch (call.prompts().get(prompt)) {
      case Prompt.Text(String text) -> text;
      case Prompt.Tokens(var ids) ->
          tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray());
      case Prompt.Chat chat -> throw new IllegalStateException("no prompt of completions: " + chat);
    };
  }

  /** The spelling of tokens. */
  TokenTexts texts() {
    return texts;
  }

  /** What every part of the answer begins with. */
  ObjectNode head() {
    return Json.object()
        .put("id", id)
        .put("object", "text_completion")
        .put("created", created)
        .put("model", call.model());
  }

  /** The tokens used so far. */
  Usage usage() {
    int prompt = streams.stream().mapToInt(AnswerStream::promptTokens).sum();
    int cached = streams.stream().mapToInt(AnswerStream::cachedTokens).sum();
    return new Usage(prompt, cached, completionTokens);
  }

  ObjectNode toJson() {
    ObjectNode body = head();
    ArrayNode array = body.putArray("choices");
    choices.forEach(array::add);
    body.set("usage", usage().toJson());
    return body;
  }
}
