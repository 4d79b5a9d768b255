package dev.sirocco.engine;

import java.util.Arrays;

/** The tokens of a sequence in order; grows at its end. */
final class TokenList {

  private int[] ids;
  private int size;

  TokenList(int... ids) {
    this.ids = Arrays.copyOf(ids, Math.max(16, ids.length));
    this.size = ids.length;
  }

  int size() {
    return size;
  }

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
  }

  /** A copy of {@code count} tokens from {@code first} on. */
  int[] slice(int first, int count) {
    return Arrays.copyOfRange(ids, first, first + count);
  }

  /** How many of the first {@code most} tokens are the same as those of {@code other}. */
  int agreement(TokenList other, int most) {
    int n = Math.min(most, Math.min(size, other.size));
    int differs = Arrays.mismatch(ids, 0, n, other.ids, 0, n);
    return differs < 0 ? n : differs;
  }
}
