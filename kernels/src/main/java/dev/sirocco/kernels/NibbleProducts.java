package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops of products of Q4_0 with {@link RoundedTokens}, in vectors of 256 bits, on CPUs
 * with wider ones too.
 *
 * <p>Two neighbouring blocks, of 18 bytes each, make one vector: the 32 bytes from the fifth on
 * hold all but the first word of the first block's nibbles, whose place the second block's scale
 * takes, so that word is put there. Lanes 0 to 3 then belong to the first block, 4 to 7 to the
 * second. A scale's 16 bits become a float by shifting them into place, without correcting the
 * exponent: such a scale is 2^-112 of what it stands for, which {@link RoundedTokens#SCALE} and
 * {@link #sum} make up for. So a scale of a damaged file counts as a number: infinity as 65536, NaN
 * as more; and scales below 6.1e-5 are subnormal, right but slower.
 *
 * <p>The loops are written out: past some size the compiler inlines no method but the Vector API's.
 * A pair's sums are exact integers, and each lane adds one float for each pair in ascending order,
 * so a result is the same bit for bit in either loop.
 */
final class NibbleProducts {

  /** Rows of weights that {@link #single} computes together. */
  static final int ROWS = 2;

  /** Floats that a (row, token) is summed in. */
  static final int LANES = 8;

  /** Bytes of two blocks. */
  static final int PAIR_BYTES = 36;

  /** Ints of an unpacked pair: 8 of nibbles, 8 of scales. */
  static final int PAIR_INTS = 16;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_256;
  private static final VectorMask<Short> SECOND_SCALE = VectorMask.fromLong(SHORTS, 1L << 7);
  private static final VectorMask<Integer> SECOND_BLOCK = VectorMask.fromLong(INTS, 0xF0);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The sign, exponent and fraction of a scale of 16 bits, in a float. */
  private static final int SCALE_BITS = 0x8FFFE000;

  /** Times this, the upper half of an integer is the sum of both halves. */
  private static final int BOTH_HALVES = 0x10001;

  private static final float UNSCALE = 0x1p112f / RoundedTokens.SCALE;

  private NibbleProducts() {}

  /**
   * Adds up whole rows' products with a single token.
   *
   * <p>The rows' offset in bytes is the loop's only counter, and all indices are that or four times
   * that plus a constant, so that checks of bounds leave the loop and addresses take no arithmetic.
   *
   * @param a where the first row begins in {@code data}; {@code b}: the other one
   * @param bytes of a row
   * @param x the token, packed by itself
   * @param sums receives the vector of row r at {@code r * LANES}
   */
  static void single(MemorySegment data, long a, long b, int bytes, short[] x, float[] sums) {
    FloatVector aSum = FloatVector.zero(FLOATS);
    FloatVector bSum = FloatVector.zero(FLOATS);
    for (int i = 0; i < bytes; i += PAIR_BYTES) {
      IntVector aFirst = IntVector.broadcast(INTS, data.get(INT, a + i));
      IntVector aSecond = IntVector.broadcast(INTS, data.get(INT, a + i + 16));
      IntVector aNibbles =
          IntVector.fromMemorySegment(INTS, data, a + i + 4, ByteOrder.LITTLE_ENDIAN)
              .reinterpretAsShorts()
              .blend(aFirst.reinterpretAsShorts(), SECOND_SCALE)
              .reinterpretAsInts();
      FloatVector aScales =
          aFirst
              .lanewise(VectorOperators.LSHL, 16)
              .blend(aSecond, SECOND_BLOCK)
              .lanewise(VectorOperators.ASHR, 3)
              .and(SCALE_BITS)
              .reinterpretAsFloats()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 80).reinterpretAsFloats());
      ShortVector aParts =
          aNibbles
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4))
              .add(ShortVector.fromArray(SHORTS, x, i * 4 + 64));
      aParts =
          aNibbles
              .lanewise(VectorOperators.LSHR, 4)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 16))
              .add(aParts);
      aParts =
          aNibbles
              .lanewise(VectorOperators.LSHR, 8)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 32))
              .add(aParts);
      aParts =
          aNibbles
              .lanewise(VectorOperators.LSHR, 12)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 48))
              .add(aParts);
      aSum =
          ((FloatVector)
                  aParts
                      .reinterpretAsInts()
                      .lanewise(VectorOperators.LSHL, 16)
                      .add(aParts.reinterpretAsInts())
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(aScales, aSum);
      IntVector bFirst = IntVector.broadcast(INTS, data.get(INT, b + i));
      IntVector bSecond = IntVector.broadcast(INTS, data.get(INT, b + i + 16));
      IntVector bNibbles =
          IntVector.fromMemorySegment(INTS, data, b + i + 4, ByteOrder.LITTLE_ENDIAN)
              .reinterpretAsShorts()
              .blend(bFirst.reinterpretAsShorts(), SECOND_SCALE)
              .reinterpretAsInts();
      FloatVector bScales =
          bFirst
              .lanewise(VectorOperators.LSHL, 16)
              .blend(bSecond, SECOND_BLOCK)
              .lanewise(VectorOperators.ASHR, 3)
              .and(SCALE_BITS)
              .reinterpretAsFloats()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 80).reinterpretAsFloats());
      ShortVector bParts =
          bNibbles
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4))
              .add(ShortVector.fromArray(SHORTS, x, i * 4 + 64));
      bParts =
          bNibbles
              .lanewise(VectorOperators.LSHR, 4)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 16))
              .add(bParts);
      bParts =
          bNibbles
              .lanewise(VectorOperators.LSHR, 8)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 32))
              .add(bParts);
      bParts =
          bNibbles
              .lanewise(VectorOperators.LSHR, 12)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 4 + 48))
              .add(bParts);
      bSum =
          ((FloatVector)
                  bParts
                      .reinterpretAsInts()
                      .lanewise(VectorOperators.LSHL, 16)
                      .add(bParts.reinterpretAsInts())
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(bScales, bSum);
    }
    aSum.intoArray(sums, 0 * LANES);
    bSum.intoArray(sums, 1 * LANES);
  }

  /** Takes {@code pairs} pairs apart, from byte {@code from} of the weights on. */
  static void unpack(MemorySegment data, long from, int pairs, int[] target, int at) {
    for (int pair = 0; pair < pairs; pair++) {
      long byteAt = from + (long) pair * PAIR_BYTES;
      IntVector first = IntVector.broadcast(INTS, data.get(INT, byteAt));
      IntVector second = IntVector.broadcast(INTS, data.get(INT, byteAt + 16));
      nibbles(data, byteAt + 4, first).intoArray(target, at + pair * PAIR_INTS);
      scales(first, second).reinterpretAsInts().intoArray(target, at + pair * PAIR_INTS + 8);
    }
  }

  /**
   * Adds products of a row with a group of tokens.
   *
   * @param w unpacked pairs, the first at {@code wAt}
   * @param x tokens, the group's first pair at {@code xAt}
   * @param sums goes on with the vector of token t at {@code at + t * next}
   */
  static void tile(
      int[] w, int wAt, int pairs, short[] x, int xAt, float[] sums, int at, int next) {
    FloatVector aSum = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector bSum = FloatVector.fromArray(FLOATS, sums, at + next);
    FloatVector cSum = FloatVector.fromArray(FLOATS, sums, at + 2 * next);
    for (int i = 0; i < pairs * PAIR_INTS; i += PAIR_INTS) {
      IntVector nibbles = IntVector.fromArray(INTS, w, wAt + i);
      FloatVector scales = IntVector.fromArray(INTS, w, wAt + i + 8).reinterpretAsFloats();
      ShortVector n0 = nibbles.reinterpretAsShorts();
      ShortVector n1 = nibbles.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts();
      ShortVector n2 = nibbles.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      ShortVector n3 = nibbles.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts();
      ShortVector aParts =
          n0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18))
              .add(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 64))
              .add(n1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 16)))
              .add(
                  n2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 32))
                      .add(n3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 48))));
      aSum =
          ((FloatVector)
                  aParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(
                  scales.mul(
                      ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 80).reinterpretAsFloats()),
                  aSum);
      ShortVector bParts =
          n0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 96))
              .add(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 160))
              .add(n1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 112)))
              .add(
                  n2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 128))
                      .add(n3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 144))));
      bSum =
          ((FloatVector)
                  bParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(
                  scales.mul(
                      ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 176).reinterpretAsFloats()),
                  bSum);
      ShortVector cParts =
          n0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 192))
              .add(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 256))
              .add(n1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 208)))
              .add(
                  n2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 224))
                      .add(n3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 240))));
      cSum =
          ((FloatVector)
                  cParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(
                  scales.mul(
                      ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 272).reinterpretAsFloats()),
                  cSum);
    }
    aSum.intoArray(sums, at);
    bSum.intoArray(sums, at + next);
    cSum.intoArray(sums, at + 2 * next);
  }

  /** The result of a (row, token) whose vector is at {@code at}. */
  static float sum(float[] sums, int at) {
    float even = (sums[at] + sums[at + 4]) + (sums[at + 2] + sums[at + 6]);
    float odd = (sums[at + 1] + sums[at + 5]) + (sums[at + 3] + sums[at + 7]);
    return (even + odd) * UNSCALE;
  }

  /** The nibbles of two blocks, from {@code at} on, once the first word has its place. */
  private static IntVector nibbles(MemorySegment data, long at, IntVector first) {
    return IntVector.fromMemorySegment(INTS, data, at, ByteOrder.LITTLE_ENDIAN)
        .reinterpretAsShorts()
        .blend(first.reinterpretAsShorts(), SECOND_SCALE)
        .reinterpretAsInts();
  }

  /** Both blocks' scales: the lower half of the one, the upper half of the other. */
  private static FloatVector scales(IntVector first, IntVector second) {
    return first
        .lanewise(VectorOperators.LSHL, 16)
        .blend(second, SECOND_BLOCK)
        .lanewise(VectorOperators.ASHR, 3)
        .and(SCALE_BITS)
        .reinterpretAsFloats();
  }
}
