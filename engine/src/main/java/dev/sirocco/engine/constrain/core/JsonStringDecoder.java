package dev.sirocco.engine.constrain.core;

/**
 * Decodes the inside of a JSON string (RFC 8259, section 7) byte by byte: UTF-8 and escapes. What
 * has been read of a character that is not complete fits into a {@code long}, the partial; 0 means
 * nothing.
 */
public final class JsonStringDecoder {

  /** The partial between two characters. */
  public static final long NONE = 0;

  /** Result of {@link #step}: the closing quote. */
  public static final long CLOSED = -1;

  /** Result of {@link #step}: a byte that must not come here. */
  public static final long BAD = -2;

  private static final long FIRST_CHARACTER = -3;

  // The fields of a partial, from the lowest bit: value (21 bits), high surrogate (16), count of
  // bytes or digits read (3), bytes of the character (3), kind.
  private static final int HIGH = 21;
  private static final int COUNT = 37;
  private static final int LENGTH = 40;
  private static final int KIND = 43;

  private static final int UTF8 = 1;
  private static final int BACKSLASH = 2;
  private static final int HEX = 3;
  private static final int HIGH_READ = 4;
  private static final int HIGH_BACKSLASH = 5;
  private static final int LOW_HEX = 6;

  private static final int[] LEAST = {0, 0, 0x80, 0x800, 0x10000};

  private JsonStringDecoder() {}

  /** Whether some scalar value in a range may come next. */
  @FunctionalInterface
  public interface RangeTest {
    boolean any(int first, int last);
  }

  private static long partial(int kind, int length, int count, int high, int value) {
    return (long) kind << KIND
        | (long) length << LENGTH
        | (long) count << COUNT
        | (long) high << HIGH
        | value;
  }

  /** Whether {@link #step} completed a character. */
  public static boolean isCharacter(long result) {
    return result <= FIRST_CHARACTER;
  }

  /** The character that {@link #step} completed, a scalar value. */
  public static int character(long result) {
    return (int) (FIRST_CHARACTER - result);
  }

  private static long emit(int c) {
    return FIRST_CHARACTER - c;
  }

  /**
   * Reads a byte.
   *
   * @return the new partial if it is 0 or above; {@link #CLOSED}, {@link #BAD}, or a character
   */
  public static long step(long partial, int b) {
    if (partial == NONE) {
      return start(b);
    }
    int value = (int) (partial & 0x1FFFFF);
    int high = (int) (partial >> HIGH) & 0xFFFF;
    int count = (int) (partial >> COUNT) & 7;
    return switch ((int) (partial >> KIND)) {
      case UTF8 -> continueUtf8((int) (partial >> LENGTH) & 7, count, value, b);
      case BACKSLASH -> escape(b);
      case HEX, LOW_HEX -> digit(count, high, value, b);
      case HIGH_READ -> b == '\\' ? partial(HIGH_BACKSLASH, 0, 0, high, 0) : BAD;
      default -> b == 'u' ? partial(LOW_HEX, 0, 0, high, 0) : BAD;
    };
  }

  private static long start(int b) {
    if (b < 0x80) {
      if (b == '"') {
        return CLOSED;
      }
      if (b == '\\') {
        return partial(BACKSLASH, 0, 0, 0, 0);
      }
      return b < ' ' ? BAD : emit(b);
    }
    return startUtf8(b);
  }

  /** Like {@link #step}, for text in UTF-8 that is no JSON string: nothing closes or escapes. */
  public static long stepUtf8(long partial, int b) {
    return partial == NONE ? startUtf8(b) : step(partial, b);
  }

  private static long startUtf8(int b) {
    if (b < 0x80) {
      return emit(b);
    }
    if (b < 0xC2 || b > 0xF4) {
      return BAD;
    }
    int length = b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
    return partial(UTF8, length, 1, 0, b & (0x7F >> length));
  }

  private static long continueUtf8(int length, int count, int value, int b) {
    if ((b & 0xC0) != 0x80) {
      return BAD;
    }
    int more = value << 6 | (b & 0x3F);
    int missing = length - count - 1;
    int first = more << (6 * missing);
    int last = first | ((1 << (6 * missing)) - 1);
    if (last < LEAST[length] || first > Character.MAX_CODE_POINT) {
      return BAD;
    }
    if (first >= Character.MIN_SURROGATE && last <= Character.MAX_SURROGATE) {
      return BAD;
    }
    return missing == 0 ? emit(more) : partial(UTF8, length, count + 1, 0, more);
  }

  private static long escape(int b) {
    return switch (b) {
      case '"', '\\', '/' -> emit(b);
      case 'b' -> emit('\b');
      case 'f' -> emit('\f');
      case 'n' -> emit('\n');
      case 'r' -> emit('\r');
      case 't' -> emit('\t');
      case 'u' -> partial(HEX, 0, 0, 0, 0);
      default -> BAD;
    };
  }

  private static long digit(int count, int high, int value, int b) {
    int digit = b < 0x80 ? Character.digit(b, 16) : -1;
    if (digit < 0) {
      return BAD;
    }
    int more = value << 4 | digit;
    int first = more << (4 * (3 - count));
    int last = first | ((1 << (4 * (3 - count))) - 1);
    if (high != 0) {
      if (last < Character.MIN_LOW_SURROGATE || first > Character.MAX_LOW_SURROGATE) {
        return BAD;
      }
      return count == 3
          ? emit(Character.toCodePoint((char) high, (char) more))
          : partial(LOW_HEX, 0, count + 1, high, more);
    }
    if (first >= Character.MIN_LOW_SURROGATE && last <= Character.MAX_LOW_SURROGATE) {
      return BAD;
    }
    if (count < 3) {
      return partial(HEX, 0, count + 1, 0, more);
    }
    return Character.isHighSurrogate((char) more) ? partial(HIGH_READ, 0, 0, more, 0) : emit(more);
  }

  /** Whether the character that {@code partial} begins can become one that {@code test} admits. */
  public static boolean canComplete(long partial, RangeTest test) {
    int value = (int) (partial & 0x1FFFFF);
    int high = (int) (partial >> HIGH) & 0xFFFF;
    int count = (int) (partial >> COUNT) & 7;
    return switch ((int) (partial >> KIND)) {
      case 0, BACKSLASH -> test.any(0, Character.MAX_CODE_POINT);
      case UTF8 -> {
        int length = (int) (partial >> LENGTH) & 7;
        int missing = 6 * (length - count);
        int first = Math.max(LEAST[length], value << missing);
        int last = (value << missing) | ((1 << missing) - 1);
        yield anyScalar(first, Math.min(last, Character.MAX_CODE_POINT), test);
      }
      case HEX -> {
        int missing = 4 * (4 - count);
        yield anyEscaped(value << missing, (value << missing) | ((1 << missing) - 1), test);
      }
      default -> {
        int missing = 4 * (4 - count);
        int first = Math.max(Character.MIN_LOW_SURROGATE, value << missing);
        int last = Math.min(Character.MAX_LOW_SURROGATE, (value << missing) | ((1 << missing) - 1));
        yield test.any(
            Character.toCodePoint((char) high, (char) first),
            Character.toCodePoint((char) high, (char) last));
      }
    };
  }

  private static boolean anyScalar(int first, int last, RangeTest test) {
    return (first < Character.MIN_SURROGATE
            && test.any(first, Math.min(last, Character.MIN_SURROGATE - 1)))
        || (last > Character.MAX_SURROGATE
            && test.any(Math.max(first, Character.MAX_SURROGATE + 1), last));
  }

  // UTF-16 units from first to last; a high surrogate begins a pair.
  private static boolean anyEscaped(int first, int last, RangeTest test) {
    if (anyScalar(first, last, test)) {
      return true;
    }
    int high = Math.max(first, Character.MIN_HIGH_SURROGATE);
    int lastHigh = Math.min(last, Character.MAX_HIGH_SURROGATE);
    return high <= lastHigh
        && test.any(
            Character.toCodePoint((char) high, Character.MIN_LOW_SURROGATE),
            Character.toCodePoint((char) lastHigh, Character.MAX_LOW_SURROGATE));
  }
}
