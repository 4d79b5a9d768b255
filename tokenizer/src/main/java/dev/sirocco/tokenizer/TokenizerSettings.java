package dev.sirocco.tokenizer;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a tokenizer has besides its vocabulary and its encoder.
 *
 * @param source the file that it was read from
 * @param kind the family
 * @param addBos whether a text wants the beginning-of-sequence token first
 * @param prefixSpace whether a space is put before a text, and taken off in decoding
 * @param restart after which special tokens text counts as the beginning of a text
 * @param unknownText what the unknown token decodes to
 * @param whitespaceEaters which special tokens swallow white space beside them in a text
 * @param declaredVersion the version that a Mistral tokenizer file declares in its name or content
 */
record TokenizerSettings(
    String source,
    Kind kind,
    OptionalInt bosId,
    OptionalInt eosId,
    Set<Integer> endOfGenerationIds,
    boolean addBos,
    boolean prefixSpace,
    Restart restart,
    String unknownText,
    WhitespaceEaters whitespaceEaters,
    Optional<String> chatTemplate,
    Optional<String> declaredVersion) {

  /** The family of a tokenizer. */
  enum Kind {
    SENTENCE_PIECE,
    BYTE_LEVEL
  }

  /** After which special tokens in a text another text begins. */
  enum Restart {
    NONE,
    CONTROL,
    ANY
  }

  /** Ids of special tokens that swallow the white space to their left or right. */
  record WhitespaceEaters(Set<Integer> left, Set<Integer> right) {
    static final WhitespaceEaters NONE = new WhitespaceEaters(Set.of(), Set.of());

    WhitespaceEaters {
      left = Set.copyOf(left);
      right = Set.copyOf(right);
    }
  }

  TokenizerSettings {
    endOfGenerationIds = Set.copyOf(endOfGenerationIds);
  }
}
