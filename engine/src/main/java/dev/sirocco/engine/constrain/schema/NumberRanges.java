package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.CharSet;
import dev.sirocco.engine.constrain.regex.Patterns;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Numbers within bounds, compared digit by digit with the bound's decimal writing. */
final class NumberRanges {

  private static final int MOST_DIGITS = 400;

  private final RegexPool pool;
  private final Regex digits;
  private final Regex fraction;
  private final Regex zeros;
  private final Regex whole;
  private final Regex anyUnsigned;
  private final Numbers all;

  NumberRanges(RegexPool pool) {
    this.pool = pool;
    digits = repeat(0, Integer.MAX_VALUE);
    fraction = pool.optional(pool.concat(pool.literal("."), repeat(1, Integer.MAX_VALUE)));
    Regex zero = pool.literal("0");
    zeros = pool.optional(pool.concat(pool.literal("."), pool.repeat(zero, 1, Integer.MAX_VALUE)));
    whole = pool.or(zero, pool.concat(digit('1', '9'), digits));
    anyUnsigned = pool.concat(whole, fraction);
    Regex withExponent = pool.sequence(sign(), whole, fraction, exponent());
    all = new Numbers(pool.concat(sign(), anyUnsigned), withExponent, withExponent);
  }

  private Regex sign() {
    return pool.optional(pool.literal("-"));
  }

  private Regex exponent() {
    return pool.sequence(
        pool.chars(CharSet.anyOf("eE")),
        pool.optional(pool.chars(CharSet.anyOf("+-"))),
        repeat(1, Integer.MAX_VALUE));
  }

  private Numbers numbers(String plain, String exponent) {
    Regex withExponent = Patterns.whole(pool, exponent);
    return new Numbers(Patterns.whole(pool, plain), withExponent, withExponent);
  }

  /** Every number. */
  Numbers all() {
    return all;
  }

  /** Numbers without fraction, {@code 1.0} included. */
  Numbers integers() {
    return new Numbers(pool.sequence(sign(), whole, zeros), Regex.NOTHING, all.surely());
  }

  /** Numbers written without point, as draft 4 has it. */
  Numbers plainIntegers() {
    return new Numbers(pool.concat(sign(), whole), Regex.NOTHING, all.surely());
  }

  /** Multiples of {@code divisor}. */
  Numbers multiplesOf(BigDecimal divisor) {
    return new Numbers(
        pool.and(all.plain(), pool.multiplesOf(divisor)), Regex.NOTHING, all.perhaps());
  }

  /** The writings of one number. */
  Numbers equalTo(BigDecimal value) {
    return atLeast(value, false).and(pool, atMost(value, false));
  }

  /** Numbers from {@code bound} up. */
  Numbers atLeast(BigDecimal bound, boolean exclusive) {
    check(bound);
    if (bound.signum() > 0) {
      return new Numbers(magnitudeFrom(bound, exclusive), Regex.NOTHING, notNegative().perhaps());
    }
    if (bound.signum() == 0) {
      return exclusive ? positive() : notNegative();
    }
    return new Numbers(
        pool.or(anyUnsigned, minus(magnitudeTo(bound.negate(), exclusive))),
        pool.or(
            notNegative().surely(),
            bound.compareTo(BigDecimal.ONE.negate()) <= 0 ? small("-") : Regex.NOTHING),
        all.perhaps());
  }

  /** Numbers from {@code bound} down. */
  Numbers atMost(BigDecimal bound, boolean exclusive) {
    check(bound);
    if (bound.signum() < 0) {
      return new Numbers(
          minus(magnitudeFrom(bound.negate(), exclusive)), Regex.NOTHING, negative().perhaps());
    }
    if (bound.signum() == 0) {
      return exclusive ? negative() : positive().complement(pool, all);
    }
    return new Numbers(
        pool.or(minus(anyUnsigned), magnitudeTo(bound, exclusive)),
        pool.or(
            negative().surely(), bound.compareTo(BigDecimal.ONE) >= 0 ? small("") : Regex.NOTHING),
        all.perhaps());
  }

  // Numbers below 1 as programs write them, such as 1.5e-07.
  private Regex small(String sign) {
    return Patterns.whole(pool, sign + "\\d(\\.\\d+)?[eE]-0*[1-9]\\d*");
  }

  private Numbers negative() {
    return numbers(
        "-(0(\\.0*[1-9]\\d*)|[1-9]\\d*(\\.\\d+)?)",
        "-(0(\\.0*[1-9]\\d*)|[1-9]\\d*(\\.\\d+)?)[eE][+-]?\\d+");
  }

  private Numbers notNegative() {
    return negative().complement(pool, all);
  }

  private Numbers positive() {
    return numbers(
        "0\\.0*[1-9]\\d*|[1-9]\\d*(\\.\\d+)?",
        "(0\\.0*[1-9]\\d*|[1-9]\\d*(\\.\\d+)?)[eE][+-]?\\d+");
  }

  private Regex minus(Regex unsigned) {
    return pool.concat(pool.literal("-"), unsigned);
  }

  /** Refuses numbers whose decimal writing is too long to be followed digit by digit. */
  static void check(BigDecimal bound) {
    if (Math.abs((long) bound.scale()) + bound.precision() > MOST_DIGITS) {
      throw new ConstraintException(
          "the number %s is not enforced: at most %d digits are compared"
              .formatted(bound, MOST_DIGITS));
    }
  }

  // The digits before and behind the point of a number that is not negative.
  private record Digits(String whole, String fraction) {
    static Digits of(BigDecimal value) {
      BigDecimal whole = value.setScale(0, RoundingMode.DOWN);
      String rest = value.subtract(whole).stripTrailingZeros().toPlainString();
      return new Digits(
          whole.toPlainString(), rest.contains(".") ? rest.substring(rest.indexOf('.') + 1) : "");
    }
  }

  private Regex magnitudeFrom(BigDecimal bound, boolean exclusive) {
    Digits d = Digits.of(bound);
    List<Regex> parts = new ArrayList<>();
    int n = d.whole.length();
    parts.add(pool.sequence(digit('1', '9'), repeat(n, Integer.MAX_VALUE), fraction));
    for (int i = 0; i < n; i++) {
      parts.add(
          pool.sequence(
              pool.literal(d.whole.substring(0, i)),
              digit(d.whole.charAt(i) + 1, '9'),
              repeat(n - i - 1, n - i - 1),
              fraction));
    }
    parts.add(pool.concat(pool.literal(d.whole), fractionFrom(d.fraction, exclusive)));
    return pool.or(parts);
  }

  private Regex fractionFrom(String bound, boolean exclusive) {
    Regex positive = Patterns.whole(pool, "\\d*[1-9]\\d*");
    if (bound.isEmpty()) {
      return exclusive ? pool.concat(pool.literal("."), positive) : fraction;
    }
    List<Regex> parts = new ArrayList<>();
    for (int i = 0; i < bound.length(); i++) {
      parts.add(
          pool.sequence(
              pool.literal(bound.substring(0, i)), digit(bound.charAt(i) + 1, '9'), digits));
    }
    parts.add(pool.concat(pool.literal(bound), exclusive ? positive : digits));
    return pool.concat(pool.literal("."), pool.or(parts));
  }

  private Regex magnitudeTo(BigDecimal bound, boolean exclusive) {
    Digits d = Digits.of(bound);
    List<Regex> parts = new ArrayList<>();
    int n = d.whole.length();
    if (n > 1) {
      parts.add(
          pool.concat(
              pool.or(pool.literal("0"), pool.concat(digit('1', '9'), repeat(0, n - 2))),
              fraction));
    }
    for (int i = 0; i < n; i++) {
      parts.add(
          pool.sequence(
              pool.literal(d.whole.substring(0, i)),
              digit(i == 0 && n > 1 ? '1' : '0', d.whole.charAt(i) - 1),
              repeat(n - i - 1, n - i - 1),
              fraction));
    }
    parts.add(pool.concat(pool.literal(d.whole), fractionTo(d.fraction, exclusive)));
    return pool.or(parts);
  }

  private Regex fractionTo(String bound, boolean exclusive) {
    if (bound.isEmpty()) {
      return exclusive ? Regex.NOTHING : zeros;
    }
    List<Regex> parts = new ArrayList<>();
    for (int i = 0; i < bound.length(); i++) {
      Regex before = pool.literal(bound.substring(0, i));
      parts.add(pool.sequence(before, digit('0', bound.charAt(i) - 1), digits));
      if (i > 0) {
        parts.add(before);
      }
    }
    if (!exclusive) {
      parts.add(pool.concat(pool.literal(bound), Patterns.whole(pool, "0*")));
    }
    return pool.or(Regex.EPSILON, pool.concat(pool.literal("."), pool.or(parts)));
  }

  private Regex digit(int first, int last) {
    return pool.chars(CharSet.range(first, last));
  }

  private Regex repeat(int min, int max) {
    return pool.repeat(digit('0', '9'), min, max);
  }
}
