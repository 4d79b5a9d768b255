package dev.sirocco.engine.constrain.regex;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * Follows the decimal writing of a number (sign, digits, perhaps a point and digits) and tells
 * whether it is a multiple of {@code unscaled × 10^-scale}. It does not check that the writing is
 * well-formed. Long division digit by digit: the remainder so far is all there is to remember.
 *
 * @param unscaled positive, so small that ten times as much is a {@code long}
 * @param scale digits after the point that may be other than 0
 * @param fractionDigits digits read after the point, at most {@code scale}; -1 before the point
 * @param remainder of the digits so far, divided by {@code unscaled}
 */
record Multiples(long unscaled, int scale, int fractionDigits, long remainder) {

  private static final int MOST_BITS = 13;
  private static final int MOST_ZEROS = 12;

  /**
   * Multiples of {@code divisor}.
   *
   * @throws ArithmeticException if the divisor has too many digits
   */
  static Multiples of(BigDecimal divisor) {
    BigDecimal plain = divisor.stripTrailingZeros();
    if (plain.scale() < 0) {
      plain = plain.setScale(0);
    }
    // More would make the search for a multiple within other bounds too long.
    if (divisor.stripTrailingZeros().unscaledValue().bitLength() > MOST_BITS
        || Math.abs(divisor.stripTrailingZeros().scale()) > MOST_ZEROS) {
      throw new ArithmeticException("too many digits");
    }
    long unscaled = plain.unscaledValue().longValueExact();
    return new Multiples(unscaled, plain.scale(), -1, 0);
  }

  boolean accepting() {
    long rest = remainder;
    for (int i = Math.max(0, fractionDigits); i < scale; i++) {
      rest = rest * 10 % unscaled;
    }
    return rest == 0;
  }

  /** After one more character, or null if no multiple goes on like this. */
  @Nullable Multiples next(int c) {
    if (c == '-') {
      return this;
    }
    if (c == '.') {
      return fractionDigits < 0 ? new Multiples(unscaled, scale, 0, remainder) : null;
    }
    if (c < '0' || c > '9') {
      return null;
    }
    if (fractionDigits == scale) {
      return c == '0' ? this : null;
    }
    return new Multiples(
        unscaled,
        scale,
        fractionDigits < 0 ? -1 : fractionDigits + 1,
        (remainder * 10 + (c - '0')) % unscaled);
  }
}
