package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;

/** What a token of a vocabulary is; numbered from 1 as in SentencePiece and GGUF files. */
enum TokenType {
  NORMAL,
  UNKNOWN,
  CONTROL,
  USER_DEFINED,
  UNUSED,
  BYTE;

  private static final TokenType[] VALUES = values();

  /** The type with a number in a file. */
  static TokenType ofNumber(long number, int id, String file) {
    if (number < 1 || number > VALUES.length) {
      throw new ModelFormatException(
          "%s: token %d has type %d; wanted 1 (normal), 2 (unknown), 3 (control), 4 (user-defined), 5 (unused) or 6 (byte)"
              .formatted(file, id, number));
    }
    return VALUES[(int) number - 1];
  }

  /** Whether pairs of symbols may merge into such a token. */
  boolean isMergeable() {
    return this == NORMAL || this == USER_DEFINED;
  }
}
