package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.util.Arrays;

/**
 * As {@link Panel}, for weights of Q4_0 and tokens that are rounded to integers: one thread's
 * share, and its scratch memory.
 */
final class NibblePanel {

  /** Pairs of blocks that are unpacked together. */
  private static final int DEPTH = 16;

  private static final int STRIDE = DEPTH * NibbleProducts.PAIR_INTS;

  /** Ints between the sums of a row's neighbouring tokens. */
  private static final int NEXT = Panel.ROWS * NibbleProducts.LANES;

  private final int[] weights = new int[Panel.ROWS * STRIDE];
  private final float[] single = new float[NibbleProducts.ROWS * NibbleProducts.LANES];
  private float[] sums = new float[0];

  /** Whether there are products of such weights with rounded tokens. */
  static boolean supports(Tensor w) {
    return w.dtype() == DType.Q4_0 && w.columns() % RoundedTokens.PAIR == 0;
  }

  /**
   * Computes {@code rows} rows of {@code w}, from {@code firstRow} on, times all tokens.
   *
   * @param results receives that of token t and row r at {@code t * Panel.ROWS + at + r}
   */
  void multiply(Tensor w, int firstRow, int rows, RoundedTokens x, float[] results, int at) {
    if (x.tokens() == 1) {
      multiplyOne(w, firstRow, rows, x, results, at);
      return;
    }
    int groups = (x.tokens() + RoundedTokens.SLOTS - 1) / RoundedTokens.SLOTS;
    int room = groups * RoundedTokens.SLOTS * NEXT;
    if (sums.length < room) {
      sums = new float[room];
    }
    Arrays.fill(sums, 0, room, 0f);
    for (int from = 0; from < x.pairs(); from += DEPTH) {
      part(w, firstRow, rows, x, from, Math.min(DEPTH, x.pairs() - from));
    }
    for (int token = 0; token < x.tokens(); token++) {
      for (int row = 0; row < rows; row++) {
        results[token * Panel.ROWS + at + row] =
            NibbleProducts.sum(sums, token * NEXT + row * NibbleProducts.LANES);
      }
    }
  }

  private void part(Tensor w, int firstRow, int rows, RoundedTokens x, int from, int pairs) {
    for (int row = 0; row < rows; row++) {
      long offset = (firstRow + row) * w.rowBytes() + (long) from * NibbleProducts.PAIR_BYTES;
      NibbleProducts.unpack(w.data(), offset, pairs, weights, row * STRIDE);
    }
    for (int token = 0; token < x.tokens(); token += RoundedTokens.SLOTS) {
      int xAt = x.at(token, from);
      for (int row = 0; row < rows; row++) {
        int sumsAt = token * NEXT + row * NibbleProducts.LANES;
        NibbleProducts.tile(weights, row * STRIDE, pairs, x.elements(), xAt, sums, sumsAt, NEXT);
      }
    }
  }

  /** A few rows at a time, far apart, as in {@link Panel}. */
  private void multiplyOne(
      Tensor w, int firstRow, int rows, RoundedTokens x, float[] results, int at) {
    int stretch = (rows + NibbleProducts.ROWS - 1) / NibbleProducts.ROWS;
    int bytes = Math.toIntExact(w.rowBytes());
    for (int row = 0; row < stretch; row++) {
      NibbleProducts.single(
          w.data(),
          (long) (firstRow + row) * bytes,
          (long) (firstRow + Math.min(row + stretch, rows - 1)) * bytes,
          bytes,
          x.elements(),
          single);
      for (int i = 0; i < NibbleProducts.ROWS && row + i * stretch < rows; i++) {
        results[at + row + i * stretch] = NibbleProducts.sum(single, i * NibbleProducts.LANES);
      }
    }
  }
}
