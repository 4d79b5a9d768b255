package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Rows of a batch in the order in which {@link RegisterTiles} read them, and each row's elements in
 * an {@link ElementOrder}.
 *
 * <p>Tokens are cut into groups of {@link RegisterTiles#SLOTS}, within which their vectors
 * alternate; the last group may have empty slots. A single token lies by itself, in {@link
 * ElementOrder#FOURS} with two empty places after each 32, as {@link StreamedBytes} reads it. Rows
 * are padded with zeros to whole vectors. Example with vectors of 4 and groups of 3, for the tokens
 * a, b, c, d of 8 elements: a0..a3 b0..b3 c0..c3 a4..a7 b4..b7 c4..c7 d0..d3 (8 empty) d4..d7 (8
 * empty).
 */
final class PackedTokens {

  /** Most tokens that are packed at once. */
  static final int MOST_TOKENS = 512;

  /** Tokens that a thread claims together. */
  private static final int GRAIN = 6;

  private float[] packed = new float[0];
  private final ElementOrder order;
  private final float[][] rows;
  private final float[][] arranged;
  private int tokens;
  private int width;

  PackedTokens(int threads, ElementOrder order) {
    this.order = order;
    rows = new float[threads][0];
    arranged = new float[threads][0];
  }

  /** The packed elements; a token's begin at {@link #at}. */
  float[] elements() {
    return packed;
  }

  /** Number of tokens. */
  int tokens() {
    return tokens;
  }

  /** Elements of a padded row. */
  int width() {
    return width;
  }

  /** Where the elements of {@code token} begin. */
  int at(int token) {
    if (tokens == 1) {
      return 0;
    }
    int slot = token % slots();
    return CacheLines.FIRST_FLOAT + (token - slot) * width + slot * LANES;
  }

  /** Tokens that alternate. */
  private int slots() {
    return tokens == 1 ? 1 : RegisterTiles.SLOTS;
  }

  /** Packs the rows {@code first} to {@code first + count - 1}. */
  void pack(WorkerPool pool, FloatMatrix x, int first, int count) {
    this.tokens = count;
    this.width = VectorWidth.padded(x.columns());
    int groups = (count + slots() - 1) / slots();
    int size = CacheLines.FIRST_FLOAT + Math.multiplyExact(groups * slots(), width + gaps(width));
    if (packed.length < size) {
      packed = new float[size];
    }
    for (int worker = 0; worker < rows.length; worker++) {
      if (rows[worker].length < width) {
        rows[worker] = new float[width];
        arranged[worker] = order == ElementOrder.NATURAL ? rows[worker] : new float[width];
      }
    }
    pool.run(count, GRAIN, (worker, from, to) -> packAll(x, first, worker, from, to));
  }

  private void packAll(FloatMatrix x, int first, int worker, int from, int to) {
    float[] row = rows[worker];
    Arrays.fill(row, x.columns(), width, 0f);
    for (int token = from; token < to; token++) {
      MemorySegment.copy(x.data(), JAVA_FLOAT, x.offset(first + token), row, 0, x.columns());
      if (order != ElementOrder.NATURAL) {
        order.arrange(row, x.columns(), arranged[worker]);
      }
      interleave(arranged[worker], at(token), slots() * LANES);
    }
  }

  /** Vector i of the row goes to {@code at + i * apart}, but for gaps. */
  private void interleave(float[] row, int at, int apart) {
    int to = at;
    for (int k = 0; k < width; k += LANES) {
      FloatVector.fromArray(FLOATS, row, k).intoArray(packed, to + gaps(k));
      to += apart;
    }
  }

  /** Empty places before element {@code k} of a token: two after each block, if it is by itself. */
  private int gaps(int k) {
    return tokens == 1 && order == ElementOrder.FOURS ? k / ElementOrder.GROUP * 2 : 0;
  }
}
