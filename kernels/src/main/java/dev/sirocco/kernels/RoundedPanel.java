package dev.sirocco.kernels;

import dev.sirocco.tensor.Tensor;
import java.util.Arrays;

/**
 * As {@link Panel}, for tokens that are rounded to integers: one thread's share, and its scratch
 * memory.
 */
final class RoundedPanel {

  /** Ints of a row that are unpacked together: whole groups of all products. */
  private static final int DEPTH = 640;

  /** Where the unpacked rows begin. */
  private static final int FIRST = CacheLines.FIRST_INT;

  private final int[] weights = new int[FIRST + Panel.ROWS * DEPTH];
  private long[] offsets = new long[0];
  private float[] sums = new float[0];

  /**
   * Computes {@code rows} rows of {@code w}, from {@code firstRow} on, times several tokens.
   *
   * @param results receives that of token t and row r at {@code t * Panel.ROWS + at + r}
   */
  void multiply(Tensor w, int firstRow, int rows, RoundedTokens x, float[] results, int at) {
    RoundedProducts products = x.products();
    int lanes = products.group().lanes();
    int padded = (x.tokens() + products.tokens() - 1) / products.tokens() * products.tokens();
    reserveSums(padded * Panel.ROWS * lanes);
    Arrays.fill(sums, 0, padded * Panel.ROWS * lanes, 0f);
    int depth = DEPTH / products.group().ints();
    for (int from = 0; from < x.groups(); from += depth) {
      part(w, firstRow, rows, x, from, Math.min(depth, x.groups() - from));
    }
    for (int token = 0; token < x.tokens(); token++) {
      for (int row = 0; row < rows; row++) {
        results[token * Panel.ROWS + at + row] =
            products.sum(sums, (token * Panel.ROWS + row) * lanes);
      }
    }
  }

  private void reserveSums(int room) {
    if (sums.length < room) {
      sums = new float[room];
    }
  }

  private void part(Tensor w, int firstRow, int rows, RoundedTokens x, int from, int groups) {
    RoundedProducts products = x.products();
    int lanes = products.group().lanes();
    for (int row = 0; row < rows; row++) {
      long offset = (firstRow + row) * w.rowBytes() + (long) from * products.group().bytes();
      products.unpack(w.data(), offset, groups, weights, FIRST + row * DEPTH);
    }
    int next = Panel.ROWS * lanes;
    for (int token = 0; token < x.tokens(); token += products.tokens()) {
      int xAt = x.at(token, from);
      for (int row = 0; row < rows; row++) {
        int sumsAt = token * next + row * lanes;
        products.tile(weights, FIRST + row * DEPTH, groups, x.elements(), xAt, sums, sumsAt, next);
      }
    }
  }

  /**
   * Computes rows of {@code w} times a single token.
   *
   * @param results receives those of {@code rows}, from {@code at} on
   */
  void multiplyOne(Tensor w, Stretches rows, RoundedTokens x, float[] results, int at) {
    RoundedProducts products = x.products();
    int lanes = products.group().lanes();
    int together = products.rows();
    if (offsets.length < together) {
      offsets = new long[together];
    }
    reserveSums(together * lanes);
    int bytes = Math.toIntExact(w.rowBytes());
    for (int from = 0; from < rows.number(); from += together) {
      int count = Math.min(together, rows.number() - from);
      for (int place = 0; place < rows.length(); place++) {
        rows.offsets(from, together, place, bytes, offsets);
        products.single(w.data(), offsets, bytes, x.elements(), sums);
        for (int i = 0; i < count; i++) {
          results[at + rows.result(from + i, place)] = products.sum(sums, i * lanes);
        }
      }
    }
  }
}
