package dev.sirocco.engine.constrain.schema;

import java.util.Arrays;
import java.util.Set;

/**
 * Names in the order of their code points, so that those with a common beginning are neighbours.
 * Immutable.
 */
public final class SortedNames {

  private final String[] texts;
  private final int[][] names;

  public SortedNames(Set<String> names) {
    int n = 0;
    int[][] sorted = new int[names.size()][];
    for (String name : names) {
      sorted[n++] = name.codePoints().toArray();
    }
    Arrays.sort(sorted, Arrays::compare);
    this.names = sorted;
    this.texts = new String[n];
    for (int i = 0; i < n; i++) {
      texts[i] = new String(sorted[i], 0, sorted[i].length);
    }
  }

  public int size() {
    return names.length;
  }

  public String get(int i) {
    return texts[i];
  }

  /** Index of {@code name}, negative if it is not here. */
  public int indexOf(String name) {
    return Arrays.binarySearch(names, name.codePoints().toArray(), Arrays::compare);
  }

  /** Length of name {@code i} in code points. */
  public int length(int i) {
    return names[i].length;
  }

  /** Code point {@code depth} of name {@code i}. */
  public int charAt(int i, int depth) {
    return names[i][depth];
  }

  /**
   * The first name in {@code from} to {@code to}, exclusive, whose code point at {@code depth} is
   * at least {@code c}; names that end before come first. All of them agree in what is before.
   */
  public int firstAtLeast(int from, int to, int depth, int c) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (names[middle].length <= depth || names[middle][depth] < c) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
