package dev.sirocco.engine.constrain.regex;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.List;

/**
 * Patterns in the notation of ECMA-262 as expressions.
 *
 * <p>A pattern is translated from its end: each node is given the language of what follows it, once
 * for the case that nothing has been read yet and once for the case that something has. So {@code
 * ^} allows only the first, {@code $} only the empty rest, and a look-ahead intersects with the
 * rest.
 */
public final class Patterns {

  private static final int MOST_COPIES = 64;
  private static final int MOST_SHOWN = 80;

  private final RegexPool pool;

  private record Rest(Regex atStart, Regex later) {}

  private Patterns(RegexPool pool) {
    this.pool = pool;
  }

  /**
   * Texts in which {@code pattern} is found somewhere.
   *
   * @throws ConstraintException if the pattern is wrong, too large, or not regular
   */
  public static Regex search(RegexPool pool, String pattern) {
    Rest rest =
        new Patterns(pool)
            .translate(PatternParser.parse(pattern), new Rest(RegexPool.ANY, RegexPool.ANY));
    Regex later =
        rest.later == rest.atStart
            ? pool.concat(RegexPool.ANY, rest.later)
            : pool.sequence(RegexPool.ANY_CHAR, RegexPool.ANY, rest.later);
    return rest.later == Regex.NOTHING || rest.atStart == RegexPool.ANY
        ? rest.atStart
        : pool.or(rest.atStart, later);
  }

  /**
   * Texts that {@code pattern} matches as a whole.
   *
   * @throws ConstraintException if the pattern is wrong, too large, or not regular
   */
  public static Regex whole(RegexPool pool, String pattern) {
    return new Patterns(pool)
        .translate(PatternParser.parse(pattern), new Rest(Regex.EPSILON, Regex.EPSILON))
        .atStart;
  }

  /** The beginning of a pattern, for messages. */
  public static String abbreviated(String pattern) {
    return pattern.length() <= MOST_SHOWN ? pattern : pattern.substring(0, MOST_SHOWN) + "…";
  }

  private Rest translate(PatternNode node, Rest rest) {
    return switch (node) {
      case PatternNode.One c -> both(pool.concat(pool.chars(c.set()), rest.later));
      case PatternNode.Sequence s -> translateSequence(s.parts(), rest);
      case PatternNode.Choice c -> translateChoice(c.parts(), rest);
      case PatternNode.Repetition r -> translateRepetition(r, rest);
      case PatternNode.Start s -> new Rest(rest.atStart, Regex.NOTHING);
      case PatternNode.End e -> new Rest(onlyEmpty(rest.atStart), onlyEmpty(rest.later));
      case PatternNode.LookAhead l -> translateLookAhead(l, rest);
    };
  }

  private static Rest both(Regex regex) {
    return new Rest(regex, regex);
  }

  private static Regex onlyEmpty(Regex regex) {
    return regex.nullable() ? Regex.EPSILON : Regex.NOTHING;
  }

  private Rest translateSequence(List<PatternNode> parts, Rest rest) {
    Rest result = rest;
    for (PatternNode part : parts.reversed()) {
      result = translate(part, result);
    }
    return result;
  }

  private Rest translateChoice(List<PatternNode> parts, Rest rest) {
    List<Rest> results = parts.stream().map(p -> translate(p, rest)).toList();
    return new Rest(
        pool.or(results.stream().map(Rest::atStart).toList()),
        pool.or(results.stream().map(Rest::later).toList()));
  }

  private Rest translateLookAhead(PatternNode.LookAhead look, Rest rest) {
    Rest ahead = translate(look.body(), new Rest(RegexPool.ANY, RegexPool.ANY));
    return look.negative()
        ? new Rest(
            pool.and(pool.not(ahead.atStart), rest.atStart),
            pool.and(pool.not(ahead.later), rest.later))
        : new Rest(pool.and(ahead.atStart, rest.atStart), pool.and(ahead.later, rest.later));
  }

  private Rest translateRepetition(PatternNode.Repetition node, Rest rest) {
    if (!node.body().plain()) {
      return copies(node, rest);
    }
    Regex repeated = pool.repeat(plain(node.body()), node.min(), node.max());
    Regex later = pool.concat(repeated, rest.later);
    if (rest.atStart == rest.later || !repeated.nullable()) {
      return both(later);
    }
    Regex something = pool.and(repeated, pool.not(Regex.EPSILON));
    return new Rest(pool.or(rest.atStart, pool.concat(something, rest.later)), later);
  }

  private Rest copies(PatternNode.Repetition node, Rest rest) {
    if (node.max() > MOST_COPIES) {
      throw new ConstraintException(
          "a pattern repeats a group that contains ^, $ or a look-ahead; move it out of the group");
    }
    Rest result = rest;
    for (int i = node.max(); i > 0; i--) {
      Rest once = translate(node.body(), result);
      result =
          i > node.min()
              ? new Rest(pool.or(rest.atStart, once.atStart), pool.or(rest.later, once.later))
              : once;
    }
    return result;
  }

  // A node that consumes characters alone has a language of its own.
  private Regex plain(PatternNode node) {
    return switch (node) {
      case PatternNode.One c -> pool.chars(c.set());
      case PatternNode.Sequence s ->
          pool.sequence(s.parts().stream().map(this::plain).toArray(Regex[]::new));
      case PatternNode.Choice c -> pool.or(c.parts().stream().map(this::plain).toList());
      case PatternNode.Repetition r -> pool.repeat(plain(r.body()), r.min(), r.max());
      case PatternNode.Start s -> throw new IllegalStateException();
      case PatternNode.End e -> throw new IllegalStateException();
      case PatternNode.LookAhead l -> throw new IllegalStateException();
    };
  }
}
