package dev.sirocco.tokenizer;

/** The Unicode classes that word splitters tell apart. */
final class CharacterClasses {

  /** What lies beyond the end of a text: in no class. */
  static final int END = -1;

  private static final int LETTERS =
      (1 << Character.UPPERCASE_LETTER)
          | (1 << Character.LOWERCASE_LETTER)
          | (1 << Character.TITLECASE_LETTER)
          | (1 << Character.MODIFIER_LETTER)
          | (1 << Character.OTHER_LETTER);
  private static final int MARKS =
      (1 << Character.NON_SPACING_MARK)
          | (1 << Character.ENCLOSING_MARK)
          | (1 << Character.COMBINING_SPACING_MARK);
  private static final int NUMBERS =
      (1 << Character.DECIMAL_DIGIT_NUMBER)
          | (1 << Character.LETTER_NUMBER)
          | (1 << Character.OTHER_NUMBER);
  private static final int UPPER = (LETTERS & ~(1 << Character.LOWERCASE_LETTER)) | MARKS;
  private static final int LOWER =
      (LETTERS & ~((1 << Character.UPPERCASE_LETTER) | (1 << Character.TITLECASE_LETTER))) | MARKS;

  private CharacterClasses() {}

  /** The code point at an index, or {@link #END} from {@code to} on. */
  static int at(String text, int index, int to) {
    if (index >= to) {
      return END;
    }
    char c = text.charAt(index);
    return Character.isHighSurrogate(c) && index + 1 < to ? text.codePointAt(index) : c;
  }

  /** The index after the code point at an index. */
  static int next(String text, int index) {
    return index + Character.charCount(text.codePointAt(index));
  }

  private static boolean in(int classes, int c) {
    return c != END && ((classes >>> Character.getType(c)) & 1) != 0;
  }

  /** {@code \p{L}}. */
  static boolean isLetter(int c) {
    return in(LETTERS, c);
  }

  /** {@code \p{N}}. */
  static boolean isNumber(int c) {
    return in(NUMBERS, c);
  }

  /** {@code [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]}. */
  static boolean isUpperLike(int c) {
    return in(UPPER, c);
  }

  /** {@code [\p{Ll}\p{Lm}\p{Lo}\p{M}]}. */
  static boolean isLowerLike(int c) {
    return in(LOWER, c);
  }

  /** {@code [\r\n]}. */
  static boolean isNewline(int c) {
    return c == '\n' || c == '\r';
  }

  /** {@code \s}: Unicode's White_Space. */
  static boolean isSpace(int c) {
    return c == ' '
        || (c >= '\t' && c <= '\r')
        || c == 0x85
        || c == 0xA0
        || (c != END
            && c > 0xFF
            && (Character.getType(c) == Character.SPACE_SEPARATOR || c == 0x2028 || c == 0x2029));
  }

  /** {@code [^\s\p{L}\p{N}]}. */
  static boolean isOther(int c) {
    return c != END && !in(LETTERS | NUMBERS, c) && !isSpace(c);
  }
}
