package dev.sirocco.engine.constrain.regex;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A regular language over Unicode characters, as an expression with union, intersection and
 * complement. Made by {@link RegexPool} only, which gives equal expressions the same object, so
 * that they are compared by identity.
 *
 * <p>Expressions are followed by Brzozowski derivatives (Owens, Reppy, Turon 2009,
 * "Regular-expression derivatives re-examined"), for which intersection and complement cost no more
 * than union.
 */
public abstract sealed class Regex {

  // Before the constants, which take their numbers from it.
  private static final AtomicLong NEXT_ID = new AtomicLong();

  /** The empty language. */
  public static final Regex NOTHING = new Nothing();

  /** The language of the empty text alone. */
  public static final Regex EPSILON = new Epsilon();

  private final long id = NEXT_ID.getAndIncrement();
  private final boolean nullable;
  private final boolean positive;

  private Regex(boolean nullable, boolean positive) {
    this.nullable = nullable;
    this.positive = positive;
  }

  /** Order of creation, in which the parts of unions and intersections are sorted. */
  final long id() {
    return id;
  }

  /** Whether the language contains the empty text. */
  public final boolean nullable() {
    return nullable;
  }

  /** Whether no intersection or complement occurs, so that only {@link Nothing} is empty. */
  final boolean positive() {
    return positive;
  }

  /** The empty language. */
  static final class Nothing extends Regex {
    private Nothing() {
      super(false, true);
    }
  }

  /** The empty text. */
  static final class Epsilon extends Regex {
    private Epsilon() {
      super(true, true);
    }
  }

  /** One character of a set that is not empty. */
  static final class Chars extends Regex {
    final CharSet set;

    Chars(CharSet set) {
      super(false, true);
      this.set = set;
    }
  }

  /** One text after another; {@code first} is never itself a concatenation. */
  static final class Concat extends Regex {
    final Regex first;
    final Regex second;

    Concat(Regex first, Regex second) {
      super(first.nullable() && second.nullable(), first.positive() && second.positive());
      this.first = first;
      this.second = second;
    }
  }

  /** At least {@code min} and at most {@code max} texts of a language, one after another. */
  static final class Repeat extends Regex {
    static final int UNBOUNDED = Integer.MAX_VALUE;

    final Regex body;
    final int min;
    final int max;

    Repeat(Regex body, int min, int max) {
      super(min == 0 || body.nullable(), body.positive());
      this.body = body;
      this.min = min;
      this.max = max;
    }
  }

  /** Union of at least two languages. */
  static final class Or extends Regex {
    final List<Regex> parts;

    Or(List<Regex> parts) {
      super(parts.stream().anyMatch(Regex::nullable), parts.stream().allMatch(Regex::positive));
      this.parts = parts;
    }
  }

  /** Intersection of at least two languages. */
  static final class And extends Regex {
    final List<Regex> parts;

    And(List<Regex> parts) {
      super(parts.stream().allMatch(Regex::nullable), false);
      this.parts = parts;
    }
  }

  /** All texts that are not in a language. */
  static final class Not extends Regex {
    final Regex body;

    Not(Regex body) {
      super(!body.nullable(), false);
      this.body = body;
    }
  }

  /** Decimal numbers that are multiples of another; see {@link Multiples}. */
  static final class Multiple extends Regex {
    final Multiples state;

    Multiple(Multiples state) {
      super(state.accepting(), false);
      this.state = state;
    }
  }
}
