package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.BYTES;
import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.INTS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of three rows of Q4_0 weights with a single token, read from where they are stored and
 * decoded in registers.
 *
 * <p>The loops are written out, and their form matters to what the compiler makes of them. A single
 * variable counts, so that all bounds are checked before the loop. With vectors of 8, each row
 * reads the token through a parameter of its own, though all three are the same array, so that its
 * multiply-adds take the token from memory: a vector that rows share would occupy a register, and
 * three rows already take all 16. Helper methods would not be inlined in loops of this size.
 *
 * @see StreamedBytes
 */
final class StreamedNibbles {

  private static final ValueLayout.OfShort SHORT = SmallBlockCodes.SHORT;

  /** -8, -7 and so on to 7: the integers of Q4_0. */
  private static final float[] CENTRED = new float[16];

  static {
    for (int i = 0; i < 16; i++) {
      CENTRED[i] = i - 8;
    }
  }

  private StreamedNibbles() {}

  /** With vectors of 8: the low halves of 16 bytes are a block's first 16 elements. */
  static void narrow(
      MemorySegment data,
      long aAt,
      long bAt,
      long cAt,
      float[] x,
      float[] y,
      float[] z,
      int blocks,
      float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    for (int i = 0; i < blocks; i++) {
      FloatVector aScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, aAt + 18L * i)));
      FloatVector aShift = aScale.mul(-8f);
      IntVector a0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, aAt + 18L * i + 2, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector a1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, aAt + 18L * i + 10, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      a =
          ((FloatVector) a0.and(15).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 32), a);
      a =
          ((FloatVector) a1.and(15).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 32 + 8), a);
      a =
          ((FloatVector) a0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 32 + 16), a);
      a =
          ((FloatVector) a1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 32 + 24), a);
      FloatVector bScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, bAt + 18L * i)));
      FloatVector bShift = bScale.mul(-8f);
      IntVector b0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, bAt + 18L * i + 2, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector b1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, bAt + 18L * i + 10, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      b =
          ((FloatVector) b0.and(15).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 32), b);
      b =
          ((FloatVector) b1.and(15).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 32 + 8), b);
      b =
          ((FloatVector) b0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 32 + 16), b);
      b =
          ((FloatVector) b1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 32 + 24), b);
      FloatVector cScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, cAt + 18L * i)));
      FloatVector cShift = cScale.mul(-8f);
      IntVector c0 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, cAt + 18L * i + 2, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector c1 =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, cAt + 18L * i + 10, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      c =
          ((FloatVector) c0.and(15).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 32), c);
      c =
          ((FloatVector) c1.and(15).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 32 + 8), c);
      c =
          ((FloatVector) c0.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 32 + 16), c);
      c =
          ((FloatVector) c1.lanewise(VectorOperators.LSHR, 4).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 32 + 24), c);
    }
    a.intoArray(sums, 0 * LANES);
    b.intoArray(sums, 1 * LANES);
    c.intoArray(sums, 2 * LANES);
  }

  /** With vectors of 16: integers become floats by looking them up among their products. */
  static void wide(
      MemorySegment data, long aAt, long bAt, long cAt, float[] x, int blocks, float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    FloatVector centred = FloatVector.fromArray(FLOATS, CENTRED, 0);
    for (int i = 0; i < blocks; i++) {
      IntVector aTable =
          centred.mul(Float.float16ToFloat(data.get(SHORT, aAt + 18L * i))).reinterpretAsInts();
      IntVector aPairs =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, aAt + 18L * i + 2, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      a =
          aPairs
              .selectFrom(aTable)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, i * 32), a);
      aPairs = aPairs.lanewise(VectorOperators.LSHR, 4);
      a =
          aPairs
              .selectFrom(aTable)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, i * 32 + 16), a);
      IntVector bTable =
          centred.mul(Float.float16ToFloat(data.get(SHORT, bAt + 18L * i))).reinterpretAsInts();
      IntVector bPairs =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, bAt + 18L * i + 2, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      b =
          bPairs
              .selectFrom(bTable)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, i * 32), b);
      bPairs = bPairs.lanewise(VectorOperators.LSHR, 4);
      b =
          bPairs
              .selectFrom(bTable)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, i * 32 + 16), b);
      IntVector cTable =
          centred.mul(Float.float16ToFloat(data.get(SHORT, cAt + 18L * i))).reinterpretAsInts();
      IntVector cPairs =
          (IntVector)
              ByteVector.fromMemorySegment(BYTES, data, cAt + 18L * i + 2, ByteOrder.LITTLE_ENDIAN)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      c =
          cPairs
              .selectFrom(cTable)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, i * 32), c);
      cPairs = cPairs.lanewise(VectorOperators.LSHR, 4);
      c =
          cPairs
              .selectFrom(cTable)
              .reinterpretAsFloats()
              .fma(FloatVector.fromArray(FLOATS, x, i * 32 + 16), c);
    }
    a.intoArray(sums, 0 * LANES);
    b.intoArray(sums, 1 * LANES);
    c.intoArray(sums, 2 * LANES);
  }
}
