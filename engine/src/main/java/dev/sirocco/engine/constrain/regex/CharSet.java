package dev.sirocco.engine.constrain.regex;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * A set of Unicode scalar values (code points without surrogates), kept as sorted ranges.
 * Immutable.
 */
public final class CharSet {

  /** The largest code point. */
  public static final int MAX = Character.MAX_CODE_POINT;

  /** No character. */
  public static final CharSet NONE = new CharSet(new int[0]);

  /** Every scalar value. */
  public static final CharSet ALL = new CharSet(new int[] {0, 0xD7FF, 0xE000, MAX});

  // Pairs of first and last, ascending, neither touching nor overlapping.
  private final int[] ranges;

  private CharSet(int[] ranges) {
    this.ranges = ranges;
  }

  /** The one character {@code c}. */
  public static CharSet of(int c) {
    return range(c, c);
  }

  /** All scalar values from {@code first} to {@code last}; none if {@code first > last}. */
  public static CharSet range(int first, int last) {
    return first > last ? NONE : new CharSet(new int[] {first, last}).and(ALL);
  }

  /** The characters of {@code text}. */
  public static CharSet anyOf(String text) {
    CharSet set = NONE;
    for (int c : text.codePoints().toArray()) {
      set = set.or(of(c));
    }
    return set;
  }

  /** The scalar values for which {@code test} holds; tests all 1.1 million of them. */
  public static CharSet matching(IntPredicate test) {
    int[] found = new int[64];
    int n = 0;
    for (int c = 0; c <= MAX; c++) {
      if (c == 0xD800) {
        c = 0xE000;
      }
      if (test.test(c)) {
        if (n > 0 && found[n - 1] == c - 1) {
          found[n - 1] = c;
        } else {
          if (n + 2 > found.length) {
            found = Arrays.copyOf(found, 2 * n);
          }
          found[n++] = c;
          found[n++] = c;
        }
      }
    }
    return new CharSet(Arrays.copyOf(found, n));
  }

  public boolean isEmpty() {
    return ranges.length == 0;
  }

  /** Number of ranges. */
  public int rangeCount() {
    return ranges.length / 2;
  }

  /** First character of range {@code i}. */
  public int first(int i) {
    return ranges[2 * i];
  }

  /** Last character of range {@code i}. */
  public int last(int i) {
    return ranges[2 * i + 1];
  }

  public boolean contains(int c) {
    int at = Arrays.binarySearch(ranges, c);
    return at >= 0 || ((-at - 1) & 1) == 1;
  }

  public CharSet or(CharSet other) {
    if (isEmpty() || other.isEmpty()) {
      return isEmpty() ? other : this;
    }
    return complement().and(other.complement()).complement();
  }

  public CharSet and(CharSet other) {
    int[] result = new int[ranges.length + other.ranges.length];
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < ranges.length && j < other.ranges.length) {
      int first = Math.max(ranges[i], other.ranges[j]);
      int last = Math.min(ranges[i + 1], other.ranges[j + 1]);
      if (first <= last) {
        result[n++] = first;
        result[n++] = last;
      }
      if (ranges[i + 1] < other.ranges[j + 1]) {
        i += 2;
      } else {
        j += 2;
      }
    }
    return n == 0 ? NONE : new CharSet(Arrays.copyOf(result, n));
  }

  public CharSet minus(CharSet other) {
    return and(other.complement());
  }

  /** All scalar values that are not in this set. */
  public CharSet complement() {
    int[] result = new int[ranges.length + 4];
    int n = 0;
    int next = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      n = add(result, n, next, ranges[i] - 1);
      next = ranges[i + 1] + 1;
    }
    n = add(result, n, next, MAX);
    return n == 0 ? NONE : new CharSet(Arrays.copyOf(result, n));
  }

  // Adds first..last without the surrogates, which lie inside at most one gap.
  private static int add(int[] result, int n, int first, int last) {
    int end = n;
    if (first <= Math.min(last, 0xD7FF)) {
      result[end++] = first;
      result[end++] = Math.min(last, 0xD7FF);
    }
    if (Math.max(first, 0xE000) <= last) {
      result[end++] = Math.max(first, 0xE000);
      result[end++] = last;
    }
    return end;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof CharSet s && Arrays.equals(ranges, s.ranges);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ranges);
  }

  @Override
  public String toString() {
    return Arrays.toString(ranges);
  }
}
