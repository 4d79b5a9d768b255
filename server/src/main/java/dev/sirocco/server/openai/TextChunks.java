package dev.sirocco.server.openai;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.server.http.EventStream;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Streams completions as {@code text_completion} events. */
final class TextChunks implements BiConsumer<Integer, AnswerEvent> {

  private final EventStream stream;
  private final CompletionCall call;
  private final TextAnswers answers;
  private final boolean[] begun;
  private final int[] offsets;

  TextChunks(EventStream stream, CompletionCall call, TextAnswers answers) {
    this.stream = stream;
    this.call = call;
    this.answers = answers;
    this.begun = new boolean[call.prompts().size() * call.n()];
    this.offsets = new int[begun.length];
  }

  @Override
  public void accept(Integer prompt, AnswerEvent event) {
    int index = call.index(prompt, event.choice());
    if (!begun[index]) {
      begun[index] = true;
      String start = answers.start(prompt);
      if (!start.isEmpty()) {
        send(index, start, null, null);
      }
    }
    switch (event) {
      case AnswerEvent.Token token -> send(index, token);
      case AnswerEvent.End end -> {
        answers.count(end);
        send(index, "", null, FinishReasons.of(end.generation().finishReason()));
      }
    }
  }

  private void send(int index, AnswerEvent.Token token) {
    boolean told = call.logprobs().isPresent() && answers.texts().isShown(token.token());
    if (told) {
      TextLogprobs logprobs = new TextLogprobs(answers.texts(), offsets[index]);
      logprobs.add(token);
      offsets[index] = logprobs.offset();
      send(index, token.token().text(), logprobs.toJson(), null);
    } else if (!token.token().text().isEmpty()) {
      send(index, token.token().text(), null, null);
    }
  }

  private void send(
      int index, String text, @Nullable ObjectNode logprobs, @Nullable String finishReason) {
    ObjectNode chunk = answers.head();
    ObjectNode choice = chunk.putArray("choices").addObject();
    choice.put("text", text).put("index", index);
    choice.set("logprobs", logprobs);
    choice.put("finish_reason", finishReason);
    if (call.stream().includeUsage()) {
      chunk.putNull("usage");
    }
    stream.data(chunk);
  }

  /** Sends the tokens used, if they are asked for. */
  void finish() {
    if (call.stream().includeUsage()) {
      ObjectNode chunk = answers.head();
      chunk.putArray("choices");
      chunk.set("usage", answers.usage().toJson());
      stream.data(chunk);
    }
  }
}
