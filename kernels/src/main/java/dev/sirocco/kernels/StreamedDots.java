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
 * Products of a few rows of Q4_0 or Q8_0 weights with a single token, read from where they are
 * stored and decoded in registers.
 *
 * <p>The loops are written out, and their form matters to what the compiler makes of them. A single
 * variable counts, blocks or bytes, so that all bounds are checked before the loop. With vectors of
 * 8, each row of Q4_0 reads the token through a parameter of its own, though all three are the same
 * array, so that its multiply-adds take the token from memory: a vector that rows share would
 * occupy a register, and three rows already take all 16. Helper methods would not be inlined in
 * loops of this size.
 */
final class StreamedDots {

  private static final ValueLayout.OfShort SHORT = SmallBlockCodes.SHORT;

  /** The byte of an integer that holds a sign. */
  private static final IntVector UPPER_BYTE = IntVector.broadcast(INTS, 0xFF000000);

  /** -8, -7 and so on to 7: the integers of Q4_0. */
  private static final float[] CENTRED = new float[16];

  static {
    for (int i = 0; i < 16; i++) {
      CENTRED[i] = i - 8;
    }
  }

  private StreamedDots() {}

  /** With vectors of 8: the low halves of 16 bytes are a block's first 16 elements. */
  static void narrowQ4_0(
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
  static void wideQ4_0(
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

  /**
   * Six rows, whose weights come from memory at six places, which the CPU's prefetcher follows side
   * by side; with vectors of 8, for a token in the order of {@link ElementOrder#FOURS}.
   *
   * <p>Each byte in turn becomes the upper one of its integer. The token's blocks lie 34 floats
   * apart, as the weights' lie 34 bytes: the rows' offset is the loop's only counter, and addresses
   * take no arithmetic.
   */
  static void narrowQ8_0(MemorySegment data, long[] offsets, float[] x, int bytes, float[] sums) {
    long aAt = offsets[0];
    long bAt = offsets[1];
    long cAt = offsets[2];
    long dAt = offsets[3];
    long eAt = offsets[4];
    long fAt = offsets[5];
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    FloatVector d = FloatVector.zero(FLOATS);
    FloatVector e = FloatVector.zero(FLOATS);
    FloatVector f = FloatVector.zero(FLOATS);
    for (int i = 0; i < bytes; i += 34) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, i);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, i + 8);
      FloatVector x2 = FloatVector.fromArray(FLOATS, x, i + 16);
      FloatVector x3 = FloatVector.fromArray(FLOATS, x, i + 24);
      FloatVector aScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, aAt + i)) * 0x1p-24f);
      IntVector aCodes =
          IntVector.fromMemorySegment(INTS, data, aAt + i + 2, ByteOrder.LITTLE_ENDIAN);
      a =
          ((FloatVector) aCodes.lanewise(VectorOperators.LSHL, 24).convert(VectorOperators.I2F, 0))
              .mul(aScale)
              .fma(x0, a);
      a =
          ((FloatVector)
                  aCodes
                      .lanewise(VectorOperators.LSHL, 16)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(aScale)
              .fma(x1, a);
      a =
          ((FloatVector)
                  aCodes
                      .lanewise(VectorOperators.LSHL, 8)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(aScale)
              .fma(x2, a);
      a =
          ((FloatVector) aCodes.and(UPPER_BYTE).convert(VectorOperators.I2F, 0))
              .mul(aScale)
              .fma(x3, a);
      FloatVector bScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, bAt + i)) * 0x1p-24f);
      IntVector bCodes =
          IntVector.fromMemorySegment(INTS, data, bAt + i + 2, ByteOrder.LITTLE_ENDIAN);
      b =
          ((FloatVector) bCodes.lanewise(VectorOperators.LSHL, 24).convert(VectorOperators.I2F, 0))
              .mul(bScale)
              .fma(x0, b);
      b =
          ((FloatVector)
                  bCodes
                      .lanewise(VectorOperators.LSHL, 16)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(bScale)
              .fma(x1, b);
      b =
          ((FloatVector)
                  bCodes
                      .lanewise(VectorOperators.LSHL, 8)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(bScale)
              .fma(x2, b);
      b =
          ((FloatVector) bCodes.and(UPPER_BYTE).convert(VectorOperators.I2F, 0))
              .mul(bScale)
              .fma(x3, b);
      FloatVector cScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, cAt + i)) * 0x1p-24f);
      IntVector cCodes =
          IntVector.fromMemorySegment(INTS, data, cAt + i + 2, ByteOrder.LITTLE_ENDIAN);
      c =
          ((FloatVector) cCodes.lanewise(VectorOperators.LSHL, 24).convert(VectorOperators.I2F, 0))
              .mul(cScale)
              .fma(x0, c);
      c =
          ((FloatVector)
                  cCodes
                      .lanewise(VectorOperators.LSHL, 16)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(cScale)
              .fma(x1, c);
      c =
          ((FloatVector)
                  cCodes
                      .lanewise(VectorOperators.LSHL, 8)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(cScale)
              .fma(x2, c);
      c =
          ((FloatVector) cCodes.and(UPPER_BYTE).convert(VectorOperators.I2F, 0))
              .mul(cScale)
              .fma(x3, c);
      FloatVector dScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, dAt + i)) * 0x1p-24f);
      IntVector dCodes =
          IntVector.fromMemorySegment(INTS, data, dAt + i + 2, ByteOrder.LITTLE_ENDIAN);
      d =
          ((FloatVector) dCodes.lanewise(VectorOperators.LSHL, 24).convert(VectorOperators.I2F, 0))
              .mul(dScale)
              .fma(x0, d);
      d =
          ((FloatVector)
                  dCodes
                      .lanewise(VectorOperators.LSHL, 16)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(dScale)
              .fma(x1, d);
      d =
          ((FloatVector)
                  dCodes
                      .lanewise(VectorOperators.LSHL, 8)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(dScale)
              .fma(x2, d);
      d =
          ((FloatVector) dCodes.and(UPPER_BYTE).convert(VectorOperators.I2F, 0))
              .mul(dScale)
              .fma(x3, d);
      FloatVector eScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, eAt + i)) * 0x1p-24f);
      IntVector eCodes =
          IntVector.fromMemorySegment(INTS, data, eAt + i + 2, ByteOrder.LITTLE_ENDIAN);
      e =
          ((FloatVector) eCodes.lanewise(VectorOperators.LSHL, 24).convert(VectorOperators.I2F, 0))
              .mul(eScale)
              .fma(x0, e);
      e =
          ((FloatVector)
                  eCodes
                      .lanewise(VectorOperators.LSHL, 16)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(eScale)
              .fma(x1, e);
      e =
          ((FloatVector)
                  eCodes
                      .lanewise(VectorOperators.LSHL, 8)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(eScale)
              .fma(x2, e);
      e =
          ((FloatVector) eCodes.and(UPPER_BYTE).convert(VectorOperators.I2F, 0))
              .mul(eScale)
              .fma(x3, e);
      FloatVector fScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, fAt + i)) * 0x1p-24f);
      IntVector fCodes =
          IntVector.fromMemorySegment(INTS, data, fAt + i + 2, ByteOrder.LITTLE_ENDIAN);
      f =
          ((FloatVector) fCodes.lanewise(VectorOperators.LSHL, 24).convert(VectorOperators.I2F, 0))
              .mul(fScale)
              .fma(x0, f);
      f =
          ((FloatVector)
                  fCodes
                      .lanewise(VectorOperators.LSHL, 16)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(fScale)
              .fma(x1, f);
      f =
          ((FloatVector)
                  fCodes
                      .lanewise(VectorOperators.LSHL, 8)
                      .and(UPPER_BYTE)
                      .convert(VectorOperators.I2F, 0))
              .mul(fScale)
              .fma(x2, f);
      f =
          ((FloatVector) fCodes.and(UPPER_BYTE).convert(VectorOperators.I2F, 0))
              .mul(fScale)
              .fma(x3, f);
    }
    a.intoArray(sums, 0 * LANES);
    b.intoArray(sums, 1 * LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
    e.intoArray(sums, 4 * LANES);
    f.intoArray(sums, 5 * LANES);
  }

  /** Six rows as above, with vectors of 16. */
  static void wideQ8_0(MemorySegment data, long[] offsets, float[] x, int blocks, float[] sums) {
    long aAt = offsets[0];
    long bAt = offsets[1];
    long cAt = offsets[2];
    long dAt = offsets[3];
    long eAt = offsets[4];
    long fAt = offsets[5];
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    FloatVector d = FloatVector.zero(FLOATS);
    FloatVector e = FloatVector.zero(FLOATS);
    FloatVector f = FloatVector.zero(FLOATS);
    for (int i = 0; i < blocks; i++) {
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, i * 32);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, i * 32 + 16);
      FloatVector aScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, aAt + 34L * i)));
      a =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, aAt + 34L * i + 2, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x0, a);
      a =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, aAt + 34L * i + 18, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(aScale)
              .fma(x1, a);
      FloatVector bScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, bAt + 34L * i)));
      b =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, bAt + 34L * i + 2, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x0, b);
      b =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, bAt + 34L * i + 18, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(bScale)
              .fma(x1, b);
      FloatVector cScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, cAt + 34L * i)));
      c =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, cAt + 34L * i + 2, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x0, c);
      c =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, cAt + 34L * i + 18, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(cScale)
              .fma(x1, c);
      FloatVector dScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, dAt + 34L * i)));
      d =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, dAt + 34L * i + 2, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x0, d);
      d =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, dAt + 34L * i + 18, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(dScale)
              .fma(x1, d);
      FloatVector eScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, eAt + 34L * i)));
      e =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, eAt + 34L * i + 2, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(eScale)
              .fma(x0, e);
      e =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, eAt + 34L * i + 18, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(eScale)
              .fma(x1, e);
      FloatVector fScale =
          FloatVector.broadcast(FLOATS, Float.float16ToFloat(data.get(SHORT, fAt + 34L * i)));
      f =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, fAt + 34L * i + 2, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(fScale)
              .fma(x0, f);
      f =
          ((FloatVector)
                  ByteVector.fromMemorySegment(
                          BYTES, data, fAt + 34L * i + 18, ByteOrder.LITTLE_ENDIAN)
                      .castShape(FLOATS, 0))
              .mul(fScale)
              .fma(x1, f);
    }
    a.intoArray(sums, 0 * LANES);
    b.intoArray(sums, 1 * LANES);
    c.intoArray(sums, 2 * LANES);
    d.intoArray(sums, 3 * LANES);
    e.intoArray(sums, 4 * LANES);
    f.intoArray(sums, 5 * LANES);
  }
}
