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
 * of that depth streams past them in tiles. Sums of a (row, token) stay whole vectors until the
 * end, so cutting the depth changes no result.
 */
final class Panel {

  /** Rows of weights that are decoded together. */
  static final int ROWS = 32;

  /** Elements of a row that are decoded together; whole blocks of every type. */
  private static final int DEPTH = 768;

  /** Rows lie apart by a little more, so that they do not compete for the same cache lines. */
  private static final int STRIDE = DEPTH + LANES;

  /** Below so many tokens, fewer rows are decoded at once, which stay in the first-level cache. */
  private static final int FEW_TOKENS = 24;

  private final WeightDecoder decoder = new WeightDecoder();
  private final FusedDots fused = new FusedDots();
  private final long[] offsets = new long[FusedDots.MOST_ROWS];
  private final float[] weights = new float[ROWS * STRIDE];
  private float[] sums = new float[0];
  private float[] results = new float[0];

  /** Computes {@code rows} rows of {@code w} times all tokens, as results {@code at} and on. */
  void multiply(Tensor w, int firstRow, int rows, PackedTokens x, int at) {
    if (results.length < x.tokens() * ROWS) {
      results = new float[x.tokens() * ROWS];
      sums = new float[x.tokens() * ROWS * LANES];
    }
    if (x.tokens() == 1 && FusedDots.supports(w.dtype())) {
      multiplyOne(w, firstRow, rows, x, at);
      return;
    }
    int step = x.tokens() < FEW_TOKENS ? RegisterTiles.ROWS : ROWS;
    for (int row = 0; row < rows; row += step) {
      part(w, firstRow + row, Math.min(step, rows - row), x, at + row);
    }
  }

  /**
   * A few rows at a time, which lie far apart: then each is a part of a long stretch of memory that
   * is read from end to end, as the CPU's prefetcher likes it. Of 32 rows, two at a time, 0 and 16
   * come first, then 1 and 17. Where rows do not divide evenly, the last is computed again.
   */
  private void multiplyOne(Tensor w, int firstRow, int rows, PackedTokens x, int at) {
    int together = FusedDots.rows(w.dtype());
    int stretch = (rows + together - 1) / together;
    for (int row = 0; row < stretch; row++) {
      for (int i = 0; i < together; i++) {
        offsets[i] = (firstRow + Math.min(row + i * stretch, rows - 1)) * w.rowBytes();
      }
      fused.run(w, offsets, x.elements(), sums);
      for (int i = 0; i < together && row + i * stretch < rows; i++) {
        results[at + row + i * stretch] =
            VectorMath.sum(FloatVector.fromArray(FLOATS, sums, i * LANES));
      }
    }
  }

  private void part(Tensor w, int firstRow, int rows, PackedTokens x, int at) {
    int groups = (rows + RegisterTiles.ROWS - 1) / RegisterTiles.ROWS;
    Arrays.fill(sums, 0, x.tokens() * groups * RegisterTiles.ROWS * LANES, 0f);
    for (int from = 0; from < x.width(); from += DEPTH) {
      int count = Math.min(DEPTH, w.columns() - from);
      decode(w, firstRow, rows, from, count);
      addProducts(groups, x, from, VectorWidth.padded(count) / LANES);
    }
    for (int token = 0, tile; token < x.tokens(); token += tile) {
      tile = RegisterTiles.tokens(x.tokens() - token);
      collect(token, tile, groups, rows, at);
    }
  }

  private void decode(Tensor w, int firstRow, int rows, int from, int count) {
    for (int row = 0; row < rows; row++) {
      long offset = (firstRow + row) * w.rowBytes() + w.dtype().bytes(from);
      decoder.decode(w.dtype(), w.data(), offset, weights, row * STRIDE, count);
      int end = row * STRIDE + count;
      Arrays.fill(weights, end, row * STRIDE + VectorWidth.padded(count), 0f);
    }
  }

  private void addProducts(int groups, PackedTokens x, int from, int steps) {
    for (int token = 0, tile; token < x.tokens(); token += tile) {
      tile = RegisterTiles.tokens(x.tokens() - token);
      for (int group = 0; group < groups; group++) {
        RegisterTiles.run(
            tile,
            weights,
            group * RegisterTiles.ROWS * STRIDE,
            STRIDE,
            x.elements(),
            x.tileAt(token) + from * tile,
            steps,
            sums,
            sumsAt(token, tile, group, groups));
      }
    }
  }

  private static int sumsAt(int token, int tile, int group, int groups) {
    return (token * groups + group * tile) * RegisterTiles.ROWS * LANES;
  }

  /** Adds up the lanes of a tile's sums. */
  private void collect(int token, int tile, int groups, int rows, int at) {
    for (int row = 0; row < rows; row++) {
      int group = row / RegisterTiles.ROWS;
      int from = sumsAt(token, tile, group, groups) + row % RegisterTiles.ROWS * tile * LANES;
      for (int t = 0; t < tile; t++) {
        results[(token + t) * ROWS + at + row] =
            VectorMath.sum(FloatVector.fromArray(FLOATS, sums, from + t * LANES));
      }
    }
  }

  /** results[t, i] = silu(results[t, i]) * results[t, half + i], for i below half. */
  void gate(int tokens) {
    for (int token = 0; token < tokens; token++) {
      for (int i = token * ROWS; i < token * ROWS + ROWS / 2; i += LANES) {
        FloatVector gate = FloatVector.fromArray(FLOATS, results, i);
        FloatVector up = FloatVector.fromArray(FLOATS, results, i + ROWS / 2);
        VectorMath.silu(gate).mul(up).intoArray(results, i);
      }
    }
  }

  /** Writes the first {@code count} results of each token to the columns {@code at} and on. */
  void store(PackedTokens x, FloatMatrix y, int at, int count) {
    for (int token = 0; token < x.tokens(); token++) {
      MemorySegment.copy(
          results,
          token * ROWS,
          y.data(),
          JAVA_FLOAT,
          y.offset(x.first() + token) + 4L * at,
          count);
    }
  }
}
