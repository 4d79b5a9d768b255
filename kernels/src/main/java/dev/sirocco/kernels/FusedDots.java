package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.BYTES;
import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.INTS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of weights with a single token, for the formats that models are mostly stored in:
 * weights are decoded in registers, a few rows at a time.
 *
 * <p>The same operations in the same order as decoding to memory and then {@link RegisterTiles}, so
 * the results are the same bit for bit; only faster, as weights are read once and never written.
 * Four-bit integers become floats by looking them up in a table of 16 that holds the products of
 * the block's scale with all integers. Several rows hide some of the latency of the multiply-adds;
 * with more than {@link #rows}, the compiler gives up inlining, and then each vector becomes an
 * object.
 */
final class FusedDots {

  /** Most rows that are computed together. */
  static final int MOST_ROWS = 4;

  /** -8, -7 and so on to 7: the integers of Q4_0. */
  private static final float[] CENTRED = new float[16];

  /** 0, 1 and so on to 15: the integers of Q4_K. */
  private static final float[] COUNTING = new float[16];

  static {
    for (int i = 0; i < 16; i++) {
      CENTRED[i] = i - 8;
      COUNTING[i] = i;
    }
  }

  private final BlockCodes.Unpacked[] groups = {
    new BlockCodes.Unpacked(), new BlockCodes.Unpacked()
  };

  /** Whether there is a fused product for the type: the tables need vectors of 16 floats. */
  static boolean supports(DType type) {
    return LANES == 16 && (type == DType.Q4_0 || type == DType.Q8_0 || type == DType.Q4_K);
  }

  /** Rows of that type that are computed together. */
  static int rows(DType type) {
    return type == DType.Q8_0 ? MOST_ROWS : 2;
  }

  /**
   * Computes the vectors of sums of {@link #rows} rows.
   *
   * @param offsets the bytes at which the rows begin
   * @param x the token's elements
   * @param sums receives the vectors
   */
  void run(Tensor w, long[] offsets, float[] x, float[] sums) {
    MemorySegment data = w.data();
    int blocks = w.columns() / w.dtype().blockSize();
    switch (w.dtype()) {
      case Q4_0 -> q4_0(data, offsets[0], offsets[1], blocks, x, sums);
      case Q8_0 -> q8_0(data, offsets, blocks, x, sums);
      case Q4_K -> q4_K(data, offsets, blocks, x, sums);
      default -> throw new IllegalArgumentException("no fused product for " + w.dtype());
    }
  }

  private static void q4_0(
      MemorySegment data, long first, long second, int blocks, float[] x, float[] sums) {
    FloatVector centred = FloatVector.fromArray(FLOATS, CENTRED, 0);
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    for (int block = 0; block < blocks; block++) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, 32 * block);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, 32 * block + 16);
      long skip = 18L * block;
      a = q4_0(data, first + skip, centred, x0, x1, a);
      b = q4_0(data, second + skip, centred, x0, x1, b);
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
  }

  private static FloatVector q4_0(
      MemorySegment data,
      long offset,
      FloatVector centred,
      FloatVector x0,
      FloatVector x1,
      FloatVector sum) {
    IntVector table = centred.mul(SmallBlockCodes.half(data, offset)).reinterpretAsInts();
    IntVector pairs = integers(data, offset + 2);
    FloatVector low = lookUp(pairs, table).fma(x0, sum);
    return lookUp(pairs.lanewise(VectorOperators.LSHR, 4), table).fma(x1, low);
  }

  private static void q8_0(
      MemorySegment data, long[] offsets, int blocks, float[] x, float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int block = 0; block < blocks; block++) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, 32 * block);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, 32 * block + 16);
      long skip = 34L * block;
      a = q8_0(data, offsets[0] + skip, x0, x1, a);
      b = q8_0(data, offsets[1] + skip, x0, x1, b);
      c = q8_0(data, offsets[2] + skip, x0, x1, c);
      d = q8_0(data, offsets[3] + skip, x0, x1, d);
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
  }

  private static FloatVector q8_0(
      MemorySegment data, long offset, FloatVector x0, FloatVector x1, FloatVector sum) {
    FloatVector scale = FloatVector.broadcast(FLOATS, SmallBlockCodes.half(data, offset));
    FloatVector first = floats(data, offset + 2).mul(scale).fma(x0, sum);
    return floats(data, offset + 18).mul(scale).fma(x1, first);
  }

  private void q4_K(MemorySegment data, long[] offsets, int blocks, float[] x, float[] sums) {
    Arrays.fill(sums, 0, groups.length * LANES, 0f);
    for (int block = 0; block < blocks; block++) {
      long skip = (long) block * DType.Q4_K.blockBytes();
      for (int row = 0; row < groups.length; row++) {
        SuperBlockCodes.scalesAndMinima(data, offsets[row] + skip, groups[row]);
      }
      for (int row = 0; row < groups.length; row++) {
        q4_K(data, offsets[row] + skip, groups[row], x, 256 * block, sums, row * LANES);
      }
    }
  }

  /** One row's block of 256 elements, of which 64 share two vectors of integers. */
  private static void q4_K(
      MemorySegment data,
      long offset,
      BlockCodes.Unpacked groups,
      float[] x,
      int from,
      float[] sums,
      int at) {
    FloatVector counting = FloatVector.fromArray(FLOATS, COUNTING, 0);
    FloatVector sum = FloatVector.fromArray(FLOATS, sums, at);
    for (int pair = 0; pair < 4; pair++) {
      int k = from + 64 * pair;
      IntVector first = integers(data, offset + 16 + 32L * pair);
      IntVector second = integers(data, offset + 32 + 32L * pair);
      IntVector low = scaled(counting, groups, 2 * pair);
      sum = lookUp(first, low).fma(FloatVector.fromArray(FLOATS, x, k), sum);
      sum = lookUp(second, low).fma(FloatVector.fromArray(FLOATS, x, k + 16), sum);
      IntVector high = scaled(counting, groups, 2 * pair + 1);
      first = first.lanewise(VectorOperators.LSHR, 4);
      second = second.lanewise(VectorOperators.LSHR, 4);
      sum = lookUp(first, high).fma(FloatVector.fromArray(FLOATS, x, k + 32), sum);
      sum = lookUp(second, high).fma(FloatVector.fromArray(FLOATS, x, k + 48), sum);
    }
    sum.intoArray(sums, at);
  }

  private static IntVector scaled(FloatVector counting, BlockCodes.Unpacked groups, int group) {
    return counting.mul(groups.scales[group]).sub(groups.minima[group]).reinterpretAsInts();
  }

  /** The table's entry at the low four bits of each index. */
  private static FloatVector lookUp(IntVector indices, IntVector table) {
    return indices.selectFrom(table).reinterpretAsFloats();
  }

  private static IntVector integers(MemorySegment data, long offset) {
    return (IntVector) bytes(data, offset).castShape(INTS, 0);
  }

  private static FloatVector floats(MemorySegment data, long offset) {
    return (FloatVector) bytes(data, offset).castShape(FLOATS, 0);
  }

  private static ByteVector bytes(MemorySegment data, long offset) {
    return ByteVector.fromMemorySegment(BYTES, data, offset, ByteOrder.LITTLE_ENDIAN);
  }
}
