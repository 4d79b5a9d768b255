package dev.sirocco.engine.constrain.regex;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Splits the characters into classes whose members all lead an expression to the same derivative
 * (Owens et al. 2009, section 4.2; the classes may be finer than needed).
 */
final class FirstChars {

  private static final List<CharSet> NUMBER_CHARS =
      "0123456789-.".chars().mapToObj(CharSet::of).toList();

  private FirstChars() {}

  /**
   * The classes as intervals: class {@code classes[i]} reaches from {@code starts[i]} to the next
   * start.
   */
  static final class Intervals {
    private final int[] starts;
    private final int[] classes;
    private final int classCount;
    private final long cost;

    Intervals(int[] starts, int[] classes, int classCount, long cost) {
      this.starts = starts;
      this.classes = classes;
      this.classCount = classCount;
      this.cost = cost;
    }

    /** Steps that finding the classes took. */
    long cost() {
      return cost;
    }

    int[] starts() {
      return starts;
    }

    int[] classes() {
      return classes;
    }

    int classCount() {
      return classCount;
    }
  }

  static Intervals of(Regex regex) {
    Set<CharSet> sets = new LinkedHashSet<>();
    collect(regex, sets);
    int[] bounds = bounds(sets);
    int[] classes = new int[bounds.length];
    Map<BitSet, Integer> numbers = new HashMap<>();
    for (int i = 0; i < bounds.length; i++) {
      BitSet members = new BitSet();
      int j = 0;
      for (CharSet set : sets) {
        members.set(j++, set.contains(bounds[i]));
      }
      classes[i] = numbers.computeIfAbsent(members, k -> numbers.size());
    }
    return new Intervals(bounds, classes, numbers.size(), (long) bounds.length * sets.size() / 8);
  }

  private static int[] bounds(Set<CharSet> sets) {
    int ranges = 0;
    for (CharSet set : sets) {
      ranges += set.rangeCount();
    }
    int[] bounds = new int[1 + 2 * ranges];
    int n = 1;
    for (CharSet set : sets) {
      for (int i = 0; i < set.rangeCount(); i++) {
        bounds[n++] = set.first(i);
        bounds[n++] = set.last(i) + 1;
      }
    }
    Arrays.sort(bounds);
    int distinct = 1;
    for (int i = 1; i < n; i++) {
      if (bounds[i] != bounds[i - 1] && bounds[i] <= CharSet.MAX) {
        bounds[distinct++] = bounds[i];
      }
    }
    return Arrays.copyOf(bounds, distinct);
  }

  private static void collect(Regex regex, Set<CharSet> sets) {
    switch (regex) {
      case Regex.Nothing n -> {}
      case Regex.Epsilon e -> {}
      case Regex.Chars c -> sets.add(c.set);
      case Regex.Concat s -> collectSpine(s, sets);
      case Regex.Repeat r -> collect(r.body, sets);
      case Regex.Or o -> o.parts.forEach(p -> collect(p, sets));
      case Regex.And a -> a.parts.forEach(p -> collect(p, sets));
      case Regex.Not n -> collect(n.body, sets);
      case Regex.Multiple m -> sets.addAll(NUMBER_CHARS);
    }
  }

  private static void collectSpine(Regex.Concat concat, Set<CharSet> sets) {
    Regex rest = concat;
    while (rest instanceof Regex.Concat s) {
      collect(s.first, sets);
      if (!s.first.nullable()) {
        return;
      }
      rest = s.second;
    }
    collect(rest, sets);
  }
}
