package dev.sirocco.engine.constrain.core;

/**
 * The characters in up to 64 kinds, so that a {@code long} tells which kinds occur below a node of
 * a trie, or which lead a state back to itself: where all that occur do, nothing below needs a
 * look. Letters are kinds of their own, since patterns tell them apart most often.
 */
public final class CharKinds {

  /** No kind at all. */
  public static final long NONE = 0;

  /** Bytes that are no plain character of a string; no state leads back to itself by these. */
  public static final long OTHER_BYTES = 1L << 63;

  /** Characters beyond ASCII other than white space. */
  public static final long BEYOND_ASCII = 1L << 62;

  private static final String SINGLE = " _-./:@";
  private static final int LOWER = 0;
  private static final int UPPER = 26;
  private static final int DIGITS = 52;
  private static final int FIRST_SINGLE = 53;
  private static final int OTHER_ASCII = 60;
  private static final int SPACES = 61;
  private static final int REST = Long.numberOfTrailingZeros(BEYOND_ASCII);

  // White space and line ends beyond ASCII, as ECMA-262 has them.
  private static final int[][] SPACE_RANGES = {
    {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029},
    {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}
  };

  private CharKinds() {}

  /** The bit of the kind of {@code c}, a scalar value. */
  public static long of(int c) {
    return 1L << index(c);
  }

  private static int index(int c) {
    if (c >= 'a' && c <= 'z') {
      return LOWER + c - 'a';
    }
    if (c >= 'A' && c <= 'Z') {
      return UPPER + c - 'A';
    }
    if (c >= '0' && c <= '9') {
      return DIGITS;
    }
    if (c >= 0x80) {
      return isSpace(c) ? SPACES : REST;
    }
    int single = SINGLE.indexOf(c);
    return single < 0 ? OTHER_ASCII : FIRST_SINGLE + single;
  }

  private static boolean isSpace(int c) {
    return spaces(c, c) > 0;
  }

  private static int spaces(int first, int last) {
    int count = 0;
    for (int[] range : SPACE_RANGES) {
      count += Math.max(0, Math.min(last, range[1]) - Math.max(first, range[0]) + 1);
    }
    return count;
  }

  /**
   * Bits of the kinds of the scalar values from {@code first} to {@code last}; surrogates are none.
   */
  public static long ofRange(int first, int last) {
    long kinds = NONE;
    for (int c = first; c <= last && c < 0x80; c++) {
      kinds |= of(c);
    }
    return last < 0x80 ? kinds : kinds | ofRangeBeyondAscii(Math.max(first, 0x80), last);
  }

  private static long ofRangeBeyondAscii(int first, int last) {
    int spaces = spaces(first, last);
    int surrogates =
        Math.max(
            0,
            Math.min(last, Character.MAX_SURROGATE) - Math.max(first, Character.MIN_SURROGATE) + 1);
    long kinds = spaces > 0 ? 1L << SPACES : NONE;
    return last - first + 1 > spaces + surrogates ? kinds | BEYOND_ASCII : kinds;
  }
}
