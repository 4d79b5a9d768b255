package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;
import java.util.Comparator;
import java.util.List;

/**
 * A token that was added to a finished vocabulary.
 *
 * @param special whether it is a control token
 * @param lstrip whether it swallows white space to its left
 * @param rstrip whether it swallows white space to its right
 */
record AddedToken(int id, String content, boolean special, boolean lstrip, boolean rstrip) {

  TokenType type() {
    return special ? TokenType.CONTROL : TokenType.USER_DEFINED;
  }

  /** Appends the tokens whose ids follow those in the builder; others must be there already. */
  static void append(List<AddedToken> added, Vocabulary.Builder builder, String file) {
    List<AddedToken> sorted =
        added.stream().sorted(Comparator.comparingInt(AddedToken::id)).toList();
    int first = builder.entries();
    for (AddedToken token : sorted) {
      if (token.id() < first) {
        continue;
      }
      if (token.id() != builder.entries()) {
        throw new ModelFormatException(
            "%s: the added token '%s' has id %d; wanted %d, the next one"
                .formatted(file, token.content(), token.id(), builder.entries()));
      }
      builder.add(token.content(), token.type());
    }
  }
}
