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
 * Products of six rows of Q8_0 weights with a single token, read from where they are stored and
 * decoded in registers.
 *
 * <p>The rows' weights come from memory at six places, which the CPU's prefetcher follows side by
 * side; Java has no other way to ask for memory ahead. The loops are written out, with a single
 * variable that counts, for the reasons that {@link StreamedNibbles} gives.
 */
final class StreamedBytes {

  private static final ValueLayout.OfShort SHORT = SmallBlockCodes.SHORT;

  /** The byte of an integer that holds a sign. */
  private static final IntVector UPPER_BYTE = IntVector.broadcast(INTS, 0xFF000000);

  private StreamedBytes() {}

  /**
   * With vectors of 8, for a token in the order of {@link ElementOrder#FOURS}: each byte in turn
   * becomes the upper one of its integer. The token's blocks lie 34 floats apart, as the weights'
   * lie 34 bytes: the rows' offset is the loop's only counter, and addresses take no arithmetic.
   */
  static void narrow(MemorySegment data, long[] offsets, float[] x, int bytes, float[] sums) {
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

  /** With vectors of 16. */
  static void wide(MemorySegment data, long[] offsets, float[] x, int blocks, float[] sums) {
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
