package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.BYTES;
import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/**
 * Products of a few rows of quantised weights with a single token: weights are decoded in
 * registers, and never written to memory as floats.
 *
 * <p>The same operations in the same order as decoding to memory and then {@link RegisterTiles}, so
 * the results are the same bit for bit. A scale times an integer needs no rounding where there is a
 * minimum, so that fused and separate ways to subtract it agree. The rows are chains of dependent
 * multiply-adds, which hide each other's latency.
 *
 * <p>Blocks of Q4_0, Q8_0 and Q4_K are decoded as they are read, by {@link StreamedNibbles}, {@link
 * StreamedBytes} and {@link StreamedSuperBlocks}, those of other types after {@link BlockCodes} has
 * taken them apart. Holds scratch memory: one instance for each thread.
 */
final class FusedDots {

  /** The most rows that are computed together. */
  static final int MOST_ROWS = 6;

  /** Rows of most types that are computed together, also where nothing is fused. */
  private static final int ROWS = RegisterTiles.SINGLE_ROWS;

  private final BlockCodes.Unpacked[] unpacked = new BlockCodes.Unpacked[ROWS];

  private final float[] factors = new float[ROWS * StreamedSuperBlocks.FACTORS];

  FusedDots() {
    for (int row = 0; row < ROWS; row++) {
      unpacked[row] = new BlockCodes.Unpacked();
    }
  }

  /** Whether there is a fused product for the type: it needs vectors of 8 floats or more. */
  static boolean supports(DType type) {
    return LANES >= 8 && type.isQuantised();
  }

  /** Rows of weights of the type that {@link #run} computes together. */
  static int rows(DType type) {
    return type == DType.Q8_0 && supports(type) ? MOST_ROWS : ROWS;
  }

  /**
   * Adds up the products of {@link #rows} whole rows.
   *
   * @param offsets the bytes at which the rows begin
   * @param x the token's elements
   * @param sums receives the vector of row r at {@code r * lanes}
   */
  void run(Tensor w, long[] offsets, float[] x, float[] sums) {
    MemorySegment data = w.data();
    long a = offsets[0];
    long b = offsets[1];
    long c = offsets[2];
    int blocks = w.columns() / w.dtype().blockSize();
    switch (w.dtype()) {
      case Q4_0 -> {
        if (LANES == 16) {
          StreamedNibbles.wide(data, a, b, c, x, blocks, sums);
        } else {
          StreamedNibbles.narrow(data, a, b, c, x, x, x, blocks, sums);
        }
      }
      case Q8_0 -> {
        if (LANES == 16) {
          StreamedBytes.wide(data, offsets, x, blocks, sums);
        } else {
          StreamedBytes.narrow(data, offsets, x, Math.toIntExact(w.rowBytes()), sums);
        }
      }
      case Q4_K -> {
        if (LANES == 16) {
          StreamedSuperBlocks.wideQ4_K(data, a, b, c, factors, x, blocks, sums);
        } else {
          StreamedSuperBlocks.narrowQ4_K(data, a, b, c, factors, x, x, x, 4 * blocks, sums);
        }
      }
      default -> blocks(w.dtype(), data, offsets, x, w.columns(), sums);
    }
  }

  private void blocks(
      DType type, MemorySegment data, long[] offsets, float[] x, int columns, float[] sums) {
    BlockCodes format = BlockCodes.of(type);
    int groupSize = BlockCodes.groupSize(type);
    Arrays.fill(sums, 0, ROWS * LANES, 0f);
    long skip = 0;
    for (int k = 0; k < columns; k += type.blockSize()) {
      for (int row = 0; row < ROWS; row++) {
        format.unpack(data, offsets[row] + skip, unpacked[row]);
      }
      for (int done = 0; done < type.blockSize(); done += groupSize) {
        group(unpacked, done, done / groupSize, groupSize, x, k + done, sums);
      }
      skip += type.blockBytes();
    }
  }

  /** Goes on with the rows' sums by a group of elements that share a scale. */
  private static void group(
      BlockCodes.Unpacked[] rows, int at, int group, int size, float[] x, int k, float[] sums) {
    FloatVector a = FloatVector.fromArray(FLOATS, sums, 0);
    FloatVector b = FloatVector.fromArray(FLOATS, sums, LANES);
    FloatVector c = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    for (int i = 0; i < size; i += LANES) {
      FloatVector xi = FloatVector.fromArray(FLOATS, x, k + i);
      a = decoded(rows[0], at + i, group).fma(xi, a);
      b = decoded(rows[1], at + i, group).fma(xi, b);
      c = decoded(rows[2], at + i, group).fma(xi, c);
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
  }

  private static FloatVector decoded(BlockCodes.Unpacked row, int at, int group) {
    FloatVector codes =
        (FloatVector) ByteVector.fromArray(BYTES, row.codes, at).castShape(FLOATS, 0);
    FloatVector shift = FloatVector.broadcast(FLOATS, -row.minima[group]);
    return codes.fma(FloatVector.broadcast(FLOATS, row.scales[group]), shift);
  }
}
