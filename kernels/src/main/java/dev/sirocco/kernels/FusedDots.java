package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.BYTES;
import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.INTS;
import static dev.sirocco.kernels.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of four rows of quantised weights with a single token: weights are decoded in registers,
 * and never written to memory as floats.
 *
 * <p>The same operations in the same order as decoding to memory and then {@link RegisterTiles}, so
 * the results are the same bit for bit. A scale times an integer needs no rounding where there is a
 * minimum, so that fused and separate ways to subtract it agree. Four rows are four chains of
 * dependent multiply-adds, which hide each other's latency.
 *
 * <p>Blocks of Q4_0 and Q8_0 are decoded as they are read, those of other types after {@link
 * BlockCodes} has taken them apart. Holds scratch memory: one instance for each thread.
 */
final class FusedDots {

  /** Rows that are computed together. */
  static final int ROWS = 4;

  /** Bytes between the copies of the rows' slabs. */
  private static final int RAW_STRIDE = Panel.DEPTH * 5 / 4 + 64;

  /** Blocks of 32 elements in a slab. */
  private static final int BLOCKS = Panel.DEPTH / 32;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** -8, -7 and so on to 7: the integers of Q4_0. */
  private static final float[] CENTRED = new float[16];

  static {
    for (int i = 0; i < 16; i++) {
      CENTRED[i] = i - 8;
    }
  }

  private final BlockCodes.Unpacked[] unpacked = new BlockCodes.Unpacked[ROWS];
  private final float[] scales = new float[ROWS * BLOCKS];
  private final byte[] raw = new byte[ROWS * RAW_STRIDE];

  FusedDots() {
    for (int row = 0; row < ROWS; row++) {
      unpacked[row] = new BlockCodes.Unpacked();
    }
  }

  /** Whether there is a fused product for the type: it needs vectors of 8 floats or more. */
  static boolean supports(DType type) {
    return LANES >= 8 && type.isQuantised();
  }

  /**
   * Adds up a slab's products of the rows.
   *
   * @param offsets the bytes at which the rows' slabs begin
   * @param x the token's elements, those of the slab from {@code from} on
   * @param count elements of the slab, whole blocks
   * @param sums receives the vector of row r at {@code r * lanes}
   */
  void run(Tensor w, long[] offsets, float[] x, int from, int count, float[] sums) {
    DType type = w.dtype();
    if (type != DType.Q4_0 && type != DType.Q8_0) {
      blocks(type, w.data(), offsets, x, from, from + count, sums);
      return;
    }
    int bytes = (int) type.bytes(count);
    for (int row = 0; row < ROWS; row++) {
      MemorySegment.copy(w.data(), JAVA_BYTE, offsets[row], raw, row * RAW_STRIDE, bytes);
      scales(raw, row * RAW_STRIDE, type.blockBytes(), count / 32, scales, row * BLOCKS);
    }
    if (type == DType.Q4_0) {
      if (LANES == 16) {
        wideQ4_0(raw, scales, x, from, from + count, sums);
      } else {
        narrowQ4_0(raw, scales, x, from, from + count, sums);
      }
    } else {
      if (LANES == 16) {
        wideQ8_0(raw, scales, x, from, from + count, sums);
      } else {
        narrowQ8_0(raw, scales, x, from, from + count, sums);
      }
    }
  }

  /** The blocks' scales, of half precision, with which they begin. */
  private static void scales(byte[] data, int from, int apart, int blocks, float[] scales, int at) {
    for (int block = 0; block < blocks; block++) {
      scales[at + block] = Float.float16ToFloat((short) SHORT.get(data, from + block * apart));
    }
  }

  /** With vectors of 8: the low halves of 16 bytes are a block's first 16 elements. */
  private static void narrowQ4_0(
      byte[] data, float[] scales, float[] x, int from, int end, float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int at = 0;
    int block = 0;
    for (int k = from; k < end; k += 32) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, k);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, k + 8);
      FloatVector x2 = FloatVector.fromArray(FLOATS, x, k + 16);
      FloatVector x3 = FloatVector.fromArray(FLOATS, x, k + 24);
      FloatVector aScale = FloatVector.broadcast(FLOATS, scales[block]);
      FloatVector aShift = aScale.mul(-8f);
      IntVector a0 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector a1 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 10)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      a = ((FloatVector) a0.and(15).convert(VectorOperators.I2F, 0)).fma(aScale, aShift).fma(x0, a);
      a = ((FloatVector) a1.and(15).convert(VectorOperators.I2F, 0)).fma(aScale, aShift).fma(x1, a);
      a =
          ((FloatVector) a0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(x2, a);
      a =
          ((FloatVector) a1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(x3, a);
      FloatVector bScale = FloatVector.broadcast(FLOATS, scales[block + 1 * BLOCKS]);
      FloatVector bShift = bScale.mul(-8f);
      IntVector b0 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector b1 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 10)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      b = ((FloatVector) b0.and(15).convert(VectorOperators.I2F, 0)).fma(bScale, bShift).fma(x0, b);
      b = ((FloatVector) b1.and(15).convert(VectorOperators.I2F, 0)).fma(bScale, bShift).fma(x1, b);
      b =
          ((FloatVector) b0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(x2, b);
      b =
          ((FloatVector) b1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(x3, b);
      FloatVector cScale = FloatVector.broadcast(FLOATS, scales[block + 2 * BLOCKS]);
      FloatVector cShift = cScale.mul(-8f);
      IntVector c0 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector c1 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 10)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      c = ((FloatVector) c0.and(15).convert(VectorOperators.I2F, 0)).fma(cScale, cShift).fma(x0, c);
      c = ((FloatVector) c1.and(15).convert(VectorOperators.I2F, 0)).fma(cScale, cShift).fma(x1, c);
      c =
          ((FloatVector) c0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(x2, c);
      c =
          ((FloatVector) c1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(x3, c);
      FloatVector dScale = FloatVector.broadcast(FLOATS, scales[block + 3 * BLOCKS]);
      FloatVector dShift = dScale.mul(-8f);
      IntVector d0 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector d1 =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 10)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      d = ((FloatVector) d0.and(15).convert(VectorOperators.I2F, 0)).fma(dScale, dShift).fma(x0, d);
      d = ((FloatVector) d1.and(15).convert(VectorOperators.I2F, 0)).fma(dScale, dShift).fma(x1, d);
      d =
          ((FloatVector) d0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(dScale, dShift)
              .fma(x2, d);
      d =
          ((FloatVector) d1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(dScale, dShift)
              .fma(x3, d);
      at += 18;
      block++;
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
  }

  /** With vectors of 16: integers become floats by looking them up among their products. */
  private static void wideQ4_0(
      byte[] data, float[] scales, float[] x, int from, int end, float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector centred = FloatVector.fromArray(FLOATS, CENTRED, 0);
    int at = 0;
    int block = 0;
    for (int k = from; k < end; k += 32) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, k);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, k + 16);
      IntVector aTable = centred.mul(scales[block]).reinterpretAsInts();
      IntVector aPairs =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      a = aPairs.selectFrom(aTable).reinterpretAsFloats().fma(x0, a);
      aPairs = aPairs.lanewise(VectorOperators.LSHR, 4);
      a = aPairs.selectFrom(aTable).reinterpretAsFloats().fma(x1, a);
      IntVector bTable = centred.mul(scales[block + 1 * BLOCKS]).reinterpretAsInts();
      IntVector bPairs =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      b = bPairs.selectFrom(bTable).reinterpretAsFloats().fma(x0, b);
      bPairs = bPairs.lanewise(VectorOperators.LSHR, 4);
      b = bPairs.selectFrom(bTable).reinterpretAsFloats().fma(x1, b);
      IntVector cTable = centred.mul(scales[block + 2 * BLOCKS]).reinterpretAsInts();
      IntVector cPairs =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      c = cPairs.selectFrom(cTable).reinterpretAsFloats().fma(x0, c);
      cPairs = cPairs.lanewise(VectorOperators.LSHR, 4);
      c = cPairs.selectFrom(cTable).reinterpretAsFloats().fma(x1, c);
      IntVector dTable = centred.mul(scales[block + 3 * BLOCKS]).reinterpretAsInts();
      IntVector dPairs =
          (IntVector)
              ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 2)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      d = dPairs.selectFrom(dTable).reinterpretAsFloats().fma(x0, d);
      dPairs = dPairs.lanewise(VectorOperators.LSHR, 4);
      d = dPairs.selectFrom(dTable).reinterpretAsFloats().fma(x1, d);
      at += 18;
      block++;
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
  }

  private static void narrowQ8_0(
      byte[] data, float[] scales, float[] x, int from, int end, float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int at = 0;
    int block = 0;
    for (int k = from; k < end; k += 32) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, k);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, k + 8);
      FloatVector x2 = FloatVector.fromArray(FLOATS, x, k + 16);
      FloatVector x3 = FloatVector.fromArray(FLOATS, x, k + 24);
      FloatVector aScale = FloatVector.broadcast(FLOATS, scales[block]);
      a =
          ((FloatVector) ByteVector.fromArray(BYTES, data, at + 2).castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x0, a);
      a =
          ((FloatVector) ByteVector.fromArray(BYTES, data, at + 10).castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x1, a);
      a =
          ((FloatVector) ByteVector.fromArray(BYTES, data, at + 18).castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x2, a);
      a =
          ((FloatVector) ByteVector.fromArray(BYTES, data, at + 26).castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x3, a);
      FloatVector bScale = FloatVector.broadcast(FLOATS, scales[block + 1 * BLOCKS]);
      b =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 2).castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x0, b);
      b =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 10).castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x1, b);
      b =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 18).castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x2, b);
      b =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 26).castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x3, b);
      FloatVector cScale = FloatVector.broadcast(FLOATS, scales[block + 2 * BLOCKS]);
      c =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 2).castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x0, c);
      c =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 10).castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x1, c);
      c =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 18).castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x2, c);
      c =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 26).castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x3, c);
      FloatVector dScale = FloatVector.broadcast(FLOATS, scales[block + 3 * BLOCKS]);
      d =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 2).castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x0, d);
      d =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 10).castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x1, d);
      d =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 18).castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x2, d);
      d =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 26).castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x3, d);
      at += 34;
      block++;
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
  }

  private static void wideQ8_0(
      byte[] data, float[] scales, float[] x, int from, int end, float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int at = 0;
    int block = 0;
    for (int k = from; k < end; k += 32) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, k);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, k + 16);
      FloatVector aScale = FloatVector.broadcast(FLOATS, scales[block]);
      a =
          ((FloatVector) ByteVector.fromArray(BYTES, data, at + 2).castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x0, a);
      a =
          ((FloatVector) ByteVector.fromArray(BYTES, data, at + 18).castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x1, a);
      FloatVector bScale = FloatVector.broadcast(FLOATS, scales[block + 1 * BLOCKS]);
      b =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 2).castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x0, b);
      b =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 1 * RAW_STRIDE + 18).castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x1, b);
      FloatVector cScale = FloatVector.broadcast(FLOATS, scales[block + 2 * BLOCKS]);
      c =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 2).castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x0, c);
      c =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 2 * RAW_STRIDE + 18).castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x1, c);
      FloatVector dScale = FloatVector.broadcast(FLOATS, scales[block + 3 * BLOCKS]);
      d =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 2).castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x0, d);
      d =
          ((FloatVector)
                  ByteVector.fromArray(BYTES, data, at + 3 * RAW_STRIDE + 18).castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x1, d);
      at += 34;
      block++;
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
  }

  private void blocks(
      DType type, MemorySegment data, long[] offsets, float[] x, int from, int end, float[] sums) {
    BlockCodes format = BlockCodes.of(type);
    int groupSize = BlockCodes.groupSize(type);
    Arrays.fill(sums, 0, ROWS * LANES, 0f);
    long skip = 0;
    for (int k = from; k < end; k += type.blockSize()) {
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
    FloatVector d = FloatVector.fromArray(FLOATS, sums, 3 * LANES);
    for (int i = 0; i < size; i += LANES) {
      FloatVector xi = FloatVector.fromArray(FLOATS, x, k + i);
      a = decoded(rows[0], at + i, group).fma(xi, a);
      b = decoded(rows[1], at + i, group).fma(xi, b);
      c = decoded(rows[2], at + i, group).fma(xi, c);
      d = decoded(rows[3], at + i, group).fma(xi, d);
    }
    a.intoArray(sums, 0);
    b.intoArray(sums, LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
  }

  private static FloatVector decoded(BlockCodes.Unpacked row, int at, int group) {
    FloatVector codes =
        (FloatVector) ByteVector.fromArray(BYTES, row.codes, at).castShape(FLOATS, 0);
    FloatVector shift = FloatVector.broadcast(FLOATS, -row.minima[group]);
    return codes.fma(FloatVector.broadcast(FLOATS, row.scales[group]), shift);
  }
}
