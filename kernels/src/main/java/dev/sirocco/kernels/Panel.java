package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Products of a few rows of weights with all tokens of a batch: one thread's share, and its scratch
 * memory.
 *
 * <p>Weights are decoded {@link #DEPTH} elements at a time, once for all tokens; the tokens' part
 * of that depth streams past them in tiles. Sums of a (row, token) stay whole vectors until the end
 * of the row, so cutting the depth changes no result.
 */
final class Panel {

  /** Rows of weights that are decoded together. */
  static final int ROWS = RegisterTiles.PANEL_ROWS;

  /** The most rows that a single token is multiplied by at once: long stretches of memory. */
  private static final int SINGLE_ROWS = 4 * ROWS;

  /** So many shares each thread is to have, that none waits long for another. */
  private static final int SHARES = 4;

  /** Elements of a row that are decoded together; whole blocks of every type. */
  static final int DEPTH = 768;

  /** Rows lie apart by a little more, so that they do not compete for the same cache lines. */
  private static final int STRIDE = DEPTH + LANES;

  /** Below so many tokens, fewer rows are decoded at once, which stay in the first-level cache. */
  private static final int FEW_TOKENS = 24;

  private final WeightDecoder decoder = new WeightDecoder();
  private final FusedDots fused = new FusedDots();
  private final NibblePanel nibbles = new NibblePanel();
  private final long[] offsets = new long[FusedDots.ROWS];
  private final float[] single = new float[FusedDots.ROWS * LANES];
  private final float[] weights = new float[ROWS * STRIDE];
  private float[] sums = new float[0];
  private float[] results = new float[0];

  /** How many of {@code all} rows a thread multiplies at once with so many tokens. */
  static int rows(int tokens, int all, int threads) {
    int rows = ROWS;
    while (tokens == 1 && rows < SINGLE_ROWS && 2 * rows * SHARES * threads <= all) {
      rows *= 2;
    }
    return rows;
  }

  /** Computes {@code rows} rows of {@code w} times all tokens, as results {@code at} and on. */
  void multiply(Tensor w, int firstRow, int rows, PackedTokens x, int at) {
    reserveResults(x.tokens());
    if (x.tokens() == 1) {
      multiplyOne(w, firstRow, rows, x, at);
      return;
    }
    int room = (x.tokens() + RegisterTiles.TOKENS - 1) * ROWS;
    if (sums.length < room * LANES) {
      sums = new float[room * LANES];
    }
    int step = x.tokens() < FEW_TOKENS ? RegisterTiles.ROWS : ROWS;
    for (int row = 0; row < rows; row += step) {
      part(w, firstRow + row, Math.min(step, rows - row), x, at + row);
    }
  }

  /** As above, for weights and tokens that {@link NibblePanel} multiplies. */
  void multiply(Tensor w, int firstRow, int rows, RoundedTokens x, int at) {
    reserveResults(x.tokens());
    nibbles.multiply(w, firstRow, rows, x, results, at);
  }

  /** Makes room; results that are there already stay, if they are of as many tokens. */
  private void reserveResults(int tokens) {
    int room = tokens == 1 ? SINGLE_ROWS : tokens * ROWS;
    if (results.length < room) {
      results = new float[room];
    }
  }

  /**
   * A few rows at a time, which lie far apart: then each is a part of a long stretch of memory that
   * is read from end to end, as the CPU's prefetcher likes it. Of 48 rows, three at a time, 0, 16
   * and 32 come first, then 1, 17 and 33. Where rows do not divide evenly, the last is computed
   * again.
   */
  private void multiplyOne(Tensor w, int firstRow, int rows, PackedTokens x, int at) {
    int stretch = (rows + FusedDots.ROWS - 1) / FusedDots.ROWS;
    for (int row = 0; row < stretch; row++) {
      for (int i = 0; i < FusedDots.ROWS; i++) {
        offsets[i] = (firstRow + Math.min(row + i * stretch, rows - 1)) * w.rowBytes();
      }
      if (FusedDots.supports(w.dtype())) {
        fused.run(w, offsets, x.elements(), single);
      } else {
        decodeAndAdd(w, x);
      }
      for (int i = 0; i < FusedDots.ROWS && row + i * stretch < rows; i++) {
        results[at + row + i * stretch] =
            VectorMath.sum(FloatVector.fromArray(FLOATS, single, i * LANES));
      }
    }
  }

  private void decodeAndAdd(Tensor w, PackedTokens x) {
    Arrays.fill(single, 0f);
    for (int from = 0; from < x.width(); from += DEPTH) {
      int count = Math.min(DEPTH, w.columns() - from);
      for (int i = 0; i < FusedDots.ROWS; i++) {
        decodeRow(w, offsets[i] + w.dtype().bytes(from), i * STRIDE, count);
      }
      int steps = VectorWidth.padded(count) / LANES;
      RegisterTiles.single(weights, STRIDE, x.elements(), from, steps, single);
    }
  }

  private void part(Tensor w, int firstRow, int rows, PackedTokens x, int at) {
    int groups = (rows + RegisterTiles.ROWS - 1) / RegisterTiles.ROWS;
    int padded = groups * RegisterTiles.ROWS;
    for (int token = 0; token < x.tokens(); token++) {
      int first = (token * ROWS + at) * LANES;
      Arrays.fill(sums, first, first + padded * LANES, 0f);
    }
    for (int from = 0; from < x.width(); from += DEPTH) {
      int count = Math.min(DEPTH, w.columns() - from);
      decode(w, firstRow, rows, from, count);
      addProducts(groups, x, from, VectorWidth.padded(count) / LANES, at);
    }
    for (int token = 0; token < x.tokens(); token++) {
      for (int i = token * ROWS + at; i < token * ROWS + at + rows; i++) {
        results[i] = VectorMath.sum(FloatVector.fromArray(FLOATS, sums, i * LANES));
      }
    }
  }

  private void decode(Tensor w, int firstRow, int rows, int from, int count) {
    for (int row = 0; row < rows; row++) {
      long offset = (firstRow + row) * w.rowBytes() + w.dtype().bytes(from);
      decodeRow(w, offset, row * STRIDE, count);
    }
  }

  private void decodeRow(Tensor w, long offset, int at, int count) {
    if (ElementOrder.of(w.dtype()) == ElementOrder.FOURS) {
      WeightDecoder.decodeFours(w.data(), offset, weights, at, count);
    } else {
      decoder.decode(w.dtype(), w.data(), offset, weights, at, count);
    }
    Arrays.fill(weights, at + count, at + VectorWidth.padded(count), 0f);
  }

  private void addProducts(int groups, PackedTokens x, int from, int steps, int at) {
    for (int slots = 0; slots < x.tokens(); slots += RegisterTiles.SLOTS) {
      int end = Math.min(slots + RegisterTiles.SLOTS, x.tokens());
      for (int group = 0; group < groups; group++) {
        int row = group * RegisterTiles.ROWS;
        for (int token = slots; token < end; token += RegisterTiles.TOKENS) {
          int xAt = x.at(token) + from * RegisterTiles.SLOTS;
          int sumsAt = (token * ROWS + at + row) * LANES;
          RegisterTiles.run(weights, row * STRIDE, STRIDE, x.elements(), xAt, steps, sums, sumsAt);
        }
      }
    }
  }

  /** results[t, i] = silu(results[t, i]) * results[t, half + i], for i below half. */
  void gate(int tokens, int half) {
    for (int token = 0; token < tokens; token++) {
      for (int i = token * ROWS; i < token * ROWS + half; i += LANES) {
        FloatVector gate = FloatVector.fromArray(FLOATS, results, i);
        FloatVector up = FloatVector.fromArray(FLOATS, results, i + half);
        VectorMath.silu(gate).mul(up).intoArray(results, i);
      }
    }
  }

  /**
   * Writes the first {@code count} results of {@code tokens} tokens to the rows {@code firstToken}
   * and on, columns {@code at} and on.
   */
  void store(int firstToken, int tokens, FloatMatrix y, int at, int count) {
    for (int token = 0; token < tokens; token++) {
      MemorySegment.copy(
          results,
          token * ROWS,
          y.data(),
          JAVA_FLOAT,
          y.offset(firstToken + token) + 4L * at,
          count);
    }
  }
}
