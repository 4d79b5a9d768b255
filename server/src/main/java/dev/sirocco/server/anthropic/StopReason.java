package dev.sirocco.server.anthropic;

import dev.sirocco.engine.FinishReason;
import dev.sirocco.engine.Generation;
import dev.sirocco.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Why an answer ended, in Anthropic's words.
 *
 * @param word such as {@code end_turn}
 * @param sequence the stop text that was found, if that was the reason
 */
record StopReason(String word, Optional<String> sequence) {

  static StopReason of(
      Generation generation, boolean calls, List<String> stops, Tokenizer tokenizer) {
    FinishReason reason = generation.finishReason();
    if (reason == FinishReason.LENGTH || reason == FinishReason.DEADLINE) {
      return new StopReason("max_tokens", Optional.empty());
    }
    Optional<String> sequence = found(generation, stops, tokenizer);
    if (sequence.isPresent()) {
      return new StopReason("stop_sequence", sequence);
    }
    return new StopReason(calls ? "tool_use" : "end_turn", Optional.empty());
  }

  /** The first stop text in an answer that no token ended. */
  private static Optional<String> found(
      Generation generation, List<String> stops, Tokenizer tokenizer) {
    List<Integer> tokens = generation.tokens();
    if (stops.isEmpty()
        || tokens.isEmpty()
        || tokenizer.endOfGenerationIds().contains(tokens.getLast())) {
      return Optional.empty();
    }
    int known = tokenizer.vocabSize();
    String text =
        tokenizer.decode(
            tokens.stream().mapToInt(Integer::intValue).filter(id -> id < known).toArray());
    return stops.stream()
        .filter(text::contains)
        .min((a, b) -> Integer.compare(text.indexOf(a), text.indexOf(b)));
  }

  void putInto(ObjectNode node) {
    node.put("stop_reason", word);
    if (sequence.isPresent()) {
      node.put("stop_sequence", sequence.get());
    } else {
      node.putNull("stop_sequence");
    }
  }
}
