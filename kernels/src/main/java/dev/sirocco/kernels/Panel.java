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

  /** The most rows that a single token is multiplied by at once: no products take over six. */
  static final int SINGLE_ROWS = FusedDots.MOST_ROWS * Stretches.LONGEST;

  /** Elements of a row that are decoded together; whole blocks of every type. */
  static final int DEPTH = 768;

  /** Rows lie apart by a little more, so that they do not compete for the same cache lines. */
  private static final int STRIDE = DEPTH + LANES;

  /** Below so many tokens, fewer rows are decoded at once, which stay in the first-level cache. */
  private static final int FEW_TOKENS = 24;

  /** Where the rows that are decoded for a batch begin. */
  private static final int FIRST = CacheLines.FIRST_FLOAT;

  private final WeightDecoder decoder = new WeightDecoder();
  private final FusedDots fused = new FusedDots();
  private final RoundedPanel rounded = new RoundedPanel();
  private final long[] offsets = new long[FusedDots.MOST_ROWS];
  private final float[] single = new float[FusedDots.MOST_ROWS * LANES];
  private final float[] weights = new float[FIRST + ROWS * STRIDE];
  private float[] sums = new float[0];
  private float[] results = new float[0];

  /** Computes {@code rows} rows of {@code w} times several tokens, as results {@code at} and on. */
  void multiply(Tensor w, int firstRow, int rows, PackedTokens x, int at) {
    reserveResults(x.tokens() * ROWS);
    int room = (x.tokens() + RegisterTiles.TOKENS - 1) * ROWS;
    if (sums.length < room * LANES) {
      sums = new float[room * LANES];
    }
    int step = x.tokens() < FEW_TOKENS ? RegisterTiles.ROWS : ROWS;
    for (int row = 0; row < rows; row += step) {
      part(w, firstRow + row, Math.min(step, rows - row), x, at + row);
    }
  }

  /** As above, for tokens that {@link RoundedPanel} multiplies. */
  void multiply(Tensor w, int firstRow, int rows, RoundedTokens x, int at) {
    reserveResults(x.tokens() * ROWS);
    rounded.multiply(w, firstRow, rows, x, results, at);
  }

  /** As above, for a single token. */
  void multiplyOne(Tensor w, Stretches rows, RoundedTokens x, int at) {
    reserveResults(2 * SINGLE_ROWS);
    rounded.multiplyOne(w, rows, x, results, at);
  }

  /** Makes room; results that are there already stay, if there is. */
  private void reserveResults(int room) {
    if (results.length < room) {
      results = new float[room];
    }
  }

  /** Computes rows of {@code w} times a single token, as results {@code at} and on. */
  void multiplyOne(Tensor w, Stretches rows, PackedTokens x, int at) {
    reserveResults(2 * SINGLE_ROWS);
    int together = FusedDots.rows(w.dtype());
    for (int from = 0; from < rows.number(); from += together) {
      int count = Math.min(together, rows.number() - from);
      for (int place = 0; place < rows.length(); place++) {
        rows.offsets(from, together, place, w.rowBytes(), offsets);
        if (FusedDots.supports(w.dtype())) {
          fused.run(w, offsets, x.elements(), single);
        } else {
          decodeAndAdd(w, x);
        }
        for (int i = 0; i < count; i++) {
          results[at + rows.result(from + i, place)] =
              VectorMath.sum(FloatVector.fromArray(FLOATS, single, i * LANES));
        }
      }
    }
  }

  private void decodeAndAdd(Tensor w, PackedTokens x) {
    Arrays.fill(single, 0f);
    for (int from = 0; from < x.width(); from += DEPTH) {
      int count = Math.min(DEPTH, w.columns() - from);
      for (int i = 0; i < RegisterTiles.SINGLE_ROWS; i++) {
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
      decodeRow(w, offset, FIRST + row * STRIDE, count);
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
          RegisterTiles.run(
              weights, FIRST + row * STRIDE, STRIDE, x.elements(), xAt, steps, sums, sumsAt);
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

  /** Writes the results of a single token to row {@code token}. */
  void storeOne(int token, FloatMatrix y, Stretches rows) {
    for (int i = 0; i < rows.number(); i++) {
      int first = i * rows.distance() + rows.first();
      int count = Math.min(rows.length(), rows.rows() - first);
      if (count > 0) {
        long offset = y.offset(token) + 4L * first;
        MemorySegment.copy(results, rows.result(i, 0), y.data(), JAVA_FLOAT, offset, count);
      }
    }
  }
}
