package dev.sirocco.engine.constrain.regex;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.Work;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes expressions and simplifies them while doing so; equal ones are the same object. Not
 * thread-safe.
 */
public final class RegexPool {

  /** One character, whichever. */
  public static final Regex ANY_CHAR = new Regex.Chars(CharSet.ALL);

  /** Every text. */
  public static final Regex ANY = new Regex.Repeat(ANY_CHAR, 0, Regex.Repeat.UNBOUNDED);

  private static final Comparator<Regex> BY_ID = Comparator.comparingLong(Regex::id);

  private final Map<Object, Regex> known = new HashMap<>();
  private final @Nullable Regex[] ascii = new Regex[128];
  private final Work work;

  private record ConcatKey(Regex first, Regex second) {}

  private record RepeatKey(Regex body, int min, int max) {}

  private record OrKey(List<Regex> parts) {}

  private record AndKey(List<Regex> parts) {}

  private record NotKey(Regex body) {}

  /** A pool for the expressions of a schema, whose places name those who use it. */
  public RegexPool() {
    this(new Work());
  }

  /** A pool whose work is counted by {@code work}. */
  public RegexPool(Work work) {
    this.work = work;
    known.put(CharSet.ALL, RegexPool.ANY_CHAR);
    known.put(new RepeatKey(RegexPool.ANY_CHAR, 0, Regex.Repeat.UNBOUNDED), RegexPool.ANY);
  }

  /** The work done on expressions and on the automata made of them. */
  public Work work() {
    return work;
  }

  /** Expressions made so far. */
  public int size() {
    return known.size();
  }

  /** One character of {@code set}. */
  public Regex chars(CharSet set) {
    return set.isEmpty() ? Regex.NOTHING : known.computeIfAbsent(set, k -> new Regex.Chars(set));
  }

  private Regex character(int c) {
    if (c >= ascii.length) {
      return chars(CharSet.of(c));
    }
    Regex made = ascii[c];
    if (made == null) {
      made = chars(CharSet.of(c));
      ascii[c] = made;
    }
    return made;
  }

  /** The one text {@code text}. */
  public Regex literal(String text) {
    return literal(text.codePoints().toArray(), 0);
  }

  private Regex literal(int[] text, int from) {
    work.spend(text.length - from);
    Regex result = Regex.EPSILON;
    for (int i = text.length - 1; i >= from; i--) {
      result = startingWith(text[i], result);
    }
    return result;
  }

  private Regex startingWith(int c, Regex rest) {
    return rest == Regex.EPSILON ? character(c) : prepend(character(c), rest);
  }

  /** One of the texts, as a tree that shares their beginnings. */
  public Regex oneOf(Collection<String> texts) {
    int[][] sorted = new int[texts.size()][];
    int n = 0;
    for (String text : texts) {
      sorted[n++] = text.codePoints().toArray();
    }
    Arrays.sort(sorted, Arrays::compare);
    return sorted.length == 0 ? Regex.NOTHING : branch(sorted, 0, sorted.length, 0);
  }

  // The ends of the texts from index `from` to `to`, which agree in the characters before `depth`.
  private Regex branch(int[][] texts, int from, int to, int depth) {
    if (to - from == 1) {
      return literal(texts[from], depth);
    }
    List<Regex> parts = new ArrayList<>();
    int start = from;
    while (start < to) {
      if (texts[start].length == depth) {
        parts.add(Regex.EPSILON);
        start++;
      } else {
        int c = texts[start][depth];
        int end = start + 1;
        while (end < to && texts[end][depth] == c) {
          end++;
        }
        parts.add(startingWith(c, branch(texts, start, end, depth + 1)));
        start = end;
      }
    }
    return or(parts);
  }

  /** Texts of {@code first}, each followed by one of {@code second}. */
  public Regex concat(Regex first, Regex second) {
    if (first == Regex.NOTHING || second == Regex.NOTHING) {
      return Regex.NOTHING;
    }
    if (first == Regex.EPSILON || second == Regex.EPSILON) {
      return first == Regex.EPSILON ? second : first;
    }
    List<Regex> spine = new ArrayList<>();
    Regex head = first;
    while (head instanceof Regex.Concat c) {
      spine.add(c.first);
      head = c.second;
    }
    spine.add(head);
    Regex result = second;
    work.spend(spine.size());
    for (Regex part : spine.reversed()) {
      result = prepend(part, result);
    }
    return result;
  }

  private Regex prepend(Regex part, Regex rest) {
    if (part instanceof Regex.Repeat r && r.min == 0 && r.max == Regex.Repeat.UNBOUNDED) {
      if (rest == part || (rest instanceof Regex.Concat c && c.first == part)) {
        return rest;
      }
    }
    return known.computeIfAbsent(new ConcatKey(part, rest), k -> new Regex.Concat(part, rest));
  }

  /** Concatenation of any number of expressions. */
  public Regex sequence(Regex... parts) {
    Regex result = Regex.EPSILON;
    for (int i = parts.length - 1; i >= 0; i--) {
      result = concat(parts[i], result);
    }
    return result;
  }

  /** Any number of texts of {@code body}. */
  public Regex star(Regex body) {
    return repeat(body, 0, Regex.Repeat.UNBOUNDED);
  }

  /** {@code body} or the empty text. */
  public Regex optional(Regex body) {
    return repeat(body, 0, 1);
  }

  /**
   * {@code min} to {@code max} texts of {@code body}, one after another.
   *
   * @param max {@link Integer#MAX_VALUE} for no bound
   */
  public Regex repeat(Regex body, int min, int max) {
    if (max == 0 || body == Regex.EPSILON) {
      return Regex.EPSILON;
    }
    if (body == Regex.NOTHING) {
      return min == 0 ? Regex.EPSILON : Regex.NOTHING;
    }
    if (min == 1 && max == 1) {
      return body;
    }
    if (body instanceof Regex.Repeat r && r.min <= 1 && r.max == Regex.Repeat.UNBOUNDED) {
      return repeat(r.body, r.min == 0 || min == 0 ? 0 : min, Regex.Repeat.UNBOUNDED);
    }
    int least = body.nullable() ? 0 : min;
    return known.computeIfAbsent(
        new RepeatKey(body, least, max), k -> new Regex.Repeat(body, least, max));
  }

  /** Texts of {@code min} to {@code max} characters. */
  public Regex length(int min, int max) {
    return repeat(RegexPool.ANY_CHAR, min, max);
  }

  public Regex or(Regex... parts) {
    return or(List.of(parts));
  }

  /** Union. */
  public Regex or(Collection<Regex> parts) {
    Set<Regex> flat = new LinkedHashSet<>();
    CharSet chars = CharSet.NONE;
    for (Regex part : parts) {
      for (Regex p : part instanceof Regex.Or o ? o.parts : List.of(part)) {
        if (p == RegexPool.ANY) {
          return RegexPool.ANY;
        }
        if (p instanceof Regex.Chars c) {
          chars = chars.or(c.set);
        } else if (p != Regex.NOTHING) {
          flat.add(p);
        }
      }
    }
    if (!chars.isEmpty()) {
      flat.add(chars(chars));
    }
    if (flat.contains(Regex.EPSILON)
        && flat.stream().anyMatch(p -> p != Regex.EPSILON && p.nullable())) {
      flat.remove(Regex.EPSILON);
    }
    for (Regex p : flat) {
      if (p instanceof Regex.Not n && flat.contains(n.body)) {
        return RegexPool.ANY;
      }
    }
    if (flat.size() <= 1) {
      return flat.isEmpty() ? Regex.NOTHING : flat.iterator().next();
    }
    work.spend(flat.size());
    List<Regex> sorted = sorted(flat);
    return known.computeIfAbsent(new OrKey(sorted), k -> new Regex.Or(sorted));
  }

  public Regex and(Regex... parts) {
    return and(List.of(parts));
  }

  /** Intersection. */
  public Regex and(Collection<Regex> parts) {
    Set<Regex> flat = new LinkedHashSet<>();
    CharSet chars = CharSet.ALL;
    boolean single = false;
    for (Regex part : parts) {
      for (Regex p : part instanceof Regex.And a ? a.parts : List.of(part)) {
        if (p == Regex.NOTHING) {
          return Regex.NOTHING;
        }
        if (p instanceof Regex.Chars c) {
          chars = chars.and(c.set);
          single = true;
        } else if (p != RegexPool.ANY) {
          flat.add(p);
        }
      }
    }
    if (single) {
      if (chars.isEmpty()) {
        return Regex.NOTHING;
      }
      flat.add(chars(chars));
    }
    if (flat.contains(Regex.EPSILON)) {
      return flat.stream().allMatch(Regex::nullable) ? Regex.EPSILON : Regex.NOTHING;
    }
    for (Regex p : flat) {
      if (p instanceof Regex.Not n && flat.contains(n.body)) {
        return Regex.NOTHING;
      }
    }
    if (flat.size() <= 1) {
      return flat.isEmpty() ? RegexPool.ANY : flat.iterator().next();
    }
    work.spend(flat.size());
    List<Regex> sorted = sorted(flat);
    return known.computeIfAbsent(new AndKey(sorted), k -> new Regex.And(sorted));
  }

  private static List<Regex> sorted(Set<Regex> parts) {
    Regex[] sorted = parts.toArray(Regex[]::new);
    Arrays.sort(sorted, BY_ID);
    return List.of(sorted);
  }

  /** Complement: every text that is not in {@code body}. */
  public Regex not(Regex body) {
    if (body == Regex.NOTHING) {
      return RegexPool.ANY;
    }
    if (body == RegexPool.ANY) {
      return Regex.NOTHING;
    }
    return body instanceof Regex.Not n
        ? n.body
        : known.computeIfAbsent(new NotKey(body), k -> new Regex.Not(body));
  }

  /**
   * Decimal writings of multiples of {@code divisor}; intersect with those of well-formed numbers.
   *
   * @throws ConstraintException if the divisor has more digits than can be followed
   */
  public Regex multiplesOf(BigDecimal divisor) {
    try {
      return multiple(Multiples.of(divisor));
    } catch (ArithmeticException e) {
      throw new ConstraintException(
          "multiples of %s are not enforced: a divisor below 8,192, times or divided by a power of ten up to 10^12, is wanted"
              .formatted(divisor));
    }
  }

  private Regex multiple(Multiples state) {
    return known.computeIfAbsent(state, k -> new Regex.Multiple(state));
  }

  /** The texts {@code w} for which {@code c} followed by {@code w} is in {@code regex}. */
  Regex derivative(Regex regex, int c) {
    work.spend(1);
    return switch (regex) {
      case Regex.Nothing n -> n;
      case Regex.Epsilon e -> Regex.NOTHING;
      case Regex.Chars s -> s.set.contains(c) ? Regex.EPSILON : Regex.NOTHING;
      case Regex.Concat s -> derivativeOfConcat(s, c);
      case Regex.Repeat r -> r == RegexPool.ANY ? r : concat(derivative(r.body, c), oneLess(r));
      case Regex.Or o -> or(o.parts.stream().map(p -> derivative(p, c)).toList());
      case Regex.And a -> and(a.parts.stream().map(p -> derivative(p, c)).toList());
      case Regex.Not n -> not(derivative(n.body, c));
      case Regex.Multiple m -> {
        Multiples next = m.state.next(c);
        yield next == null ? Regex.NOTHING : multiple(next);
      }
    };
  }

  private Regex oneLess(Regex.Repeat r) {
    return repeat(
        r.body,
        Math.max(0, r.min - 1),
        r.max == Regex.Repeat.UNBOUNDED ? Regex.Repeat.UNBOUNDED : r.max - 1);
  }

  // Along the spine as long as what comes first may be empty; a loop, as a spine can be long.
  private Regex derivativeOfConcat(Regex.Concat concat, int c) {
    List<Regex> results = new ArrayList<>();
    Regex rest = concat;
    while (rest instanceof Regex.Concat s) {
      results.add(concat(derivative(s.first, c), s.second));
      if (!s.first.nullable()) {
        return or(results);
      }
      rest = s.second;
    }
    results.add(derivative(rest, c));
    return or(results);
  }
}
