package dev.sirocco.server.anthropic;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.Generation;
import dev.sirocco.engine.tools.AnswerDelta;
import dev.sirocco.engine.tools.ToolCallReader;
import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.tokenizer.Tokenizer;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Gathers an answer into one {@code message}. */
final class MessageCollector implements ChatAnswer.Sink {

  private final MessagesCall call;
  private final ChatAnswer answer;
  private final Tokenizer tokenizer;
  private final ObjectNode message;

  MessageCollector(MessagesCall call, ChatAnswer answer, Tokenizer tokenizer) {
    this.call = call;
    this.answer = answer;
    this.tokenizer = tokenizer;
    this.message = Messages.empty(call.model());
  }

  @Override
  public void token(int choice, List<AnswerDelta> deltas, AnswerEvent.Token token) {
    // the whole answer is taken at its end
  }

  @Override
  public void end(
      int choice, List<AnswerDelta> deltas, ToolCallReader reader, Generation generation) {
    ArrayNode content = message.putArray("content");
    if (!reader.content().isEmpty()) {
      content.add(Messages.text(reader.content()));
    }
    reader.calls().forEach(one -> content.add(Messages.toolUse(one)));
    StopReason.of(generation, !reader.calls().isEmpty(), call.sampling().stops(), tokenizer)
        .putInto(message);
    message.set("usage", Messages.usage(answer, generation.tokens().size()));
  }

  ObjectNode toJson() {
    return message;
  }
}
