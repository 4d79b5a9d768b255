package dev.sirocco.tokenizer;

import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;

/** Which tokens end an answer: the declared one, and control tokens that chat models use for it. */
final class EndOfGeneration {

  private static final Set<String> NAMES =
      Set.of(
          "<|im_end|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "<|end|>",
          "<|end_of_text|>",
          "<|endoftext|>",
          "<end_of_turn>",
          "<EOT>");

  private EndOfGeneration() {}

  static Set<Integer> of(Vocabulary vocabulary, OptionalInt eos) {
    Set<Integer> ids = new HashSet<>();
    eos.ifPresent(ids::add);
    for (int id = 0; id < vocabulary.size(); id++) {
      TokenType type = vocabulary.type(id);
      if ((type == TokenType.CONTROL || type == TokenType.USER_DEFINED)
          && NAMES.contains(vocabulary.text(id))) {
        ids.add(id);
      }
    }
    return ids;
  }
}
