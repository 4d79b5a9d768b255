package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.BYTES;
import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.INTS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import dev.sirocco.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * As {@link StreamedNibbles}, for rows of Q4_K weights, whose layout is described at {@code
 * dev.sirocco.tensor.SuperBlocks}.
 *
 * <p>A pair of groups is 64 elements, whose nibbles lie in 32 bytes, the lower ones being the first
 * group's. A block has four pairs in 144 bytes; bounds of reads are checked in the loops. The
 * factors of a block's four pairs are computed before the first of them, and not for a row at once:
 * that would read memory in jumps, and wait for it.
 *
 * <p>Upper nibbles are not shifted down but taken as 16 times what they are, with a 16th of the
 * scale, which is exact, as is a scale times a nibble: so weights are what {@link WeightDecoder}
 * makes of them, bit for bit.
 */
final class StreamedSuperBlocks {

  /**
   * Floats of a row's block of factors. Those of a pair are the first group's scale and minimum,
   * negated, and then the second group's, whose scale is a 16th.
   */
  static final int FACTORS = 16;

  private static final int BLOCK_BYTES = DType.Q4_K.blockBytes();

  private static final VectorSpecies<Byte> HEADER = ByteVector.SPECIES_128;
  private static final VectorSpecies<Integer> HEADER_INTS = IntVector.SPECIES_128;
  private static final VectorSpecies<Long> LONGS =
      VectorShape.forBitSize(VectorWidth.BITS).withLanes(long.class);

  /** Where a block has the lower bits of a scale and a minimum, for each group in turn. */
  private static final VectorShuffle<Byte> LOWER_BITS =
      VectorShuffle.fromValues(HEADER, 4, 8, 5, 9, 6, 10, 7, 11, 12, 12, 13, 13, 14, 14, 15, 15);

  /** Where the upper two bits are, for the groups from the fifth on. */
  private static final VectorShuffle<Byte> UPPER_BITS =
      VectorShuffle.fromValues(HEADER, 4, 8, 5, 9, 6, 10, 7, 11, 4, 8, 5, 9, 6, 10, 7, 11);

  private static final IntVector LOWER =
      IntVector.fromArray(
          HEADER_INTS, new int[] {0x3F3F3F3F, 0x3F3F3F3F, 0x000F000F, 0x000F000F}, 0);
  private static final IntVector LOWER_SHIFTED =
      IntVector.fromArray(HEADER_INTS, new int[] {0, 0, 0x0F000F00, 0x0F000F00}, 0);
  private static final IntVector UPPER =
      IntVector.fromArray(HEADER_INTS, new int[] {0, 0, 0x30303030, 0x30303030}, 0);

  /**
   * The masks of nibbles, kept as vectors: making one of a number calls methods that count towards
   * what the compiler inlines at most, and past that it leaves vectors in objects.
   */
  private static final IntVector LOWER_NIBBLE = IntVector.broadcast(INTS, 0x0F);

  private static final IntVector UPPER_NIBBLE = IntVector.broadcast(INTS, 0xF0);

  /** What the factors of pairs are multiplied by. */
  private static final FloatVector SIXTEENTHS =
      FloatVector.fromArray(
          FLOATS,
          new float[] {1, 1, 0x1p-4f, 1, 1, 1, 0x1p-4f, 1, 1, 1, 0x1p-4f, 1, 1, 1, 0x1p-4f, 1},
          0);

  /** 0 to 15. */
  private static final float[] INTEGERS = new float[16];

  static {
    for (int i = 0; i < 16; i++) {
      INTEGERS[i] = i;
    }
  }

  private StreamedSuperBlocks() {}

  /** Writes the factors of the block at byte {@code at}. */
  private static void factors(MemorySegment data, long at, float[] target, int to) {
    ByteVector header = ByteVector.fromMemorySegment(HEADER, data, at, ByteOrder.LITTLE_ENDIAN);
    IntVector lower = header.rearrange(LOWER_BITS).reinterpretAsInts();
    IntVector upper = header.rearrange(UPPER_BITS).reinterpretAsInts();
    ByteVector codes =
        lower
            .and(LOWER)
            .or(lower.lanewise(VectorOperators.LSHR, 4).and(LOWER_SHIFTED))
            .or(upper.lanewise(VectorOperators.LSHR, 2).and(UPPER))
            .reinterpretAsBytes();
    int units = data.get(SmallBlockCodes.INT, at);
    int scale = Float.floatToRawIntBits(Float.float16ToFloat((short) units));
    int minimum = Float.floatToRawIntBits(-Float.float16ToFloat((short) (units >> 16)));
    FloatVector unit =
        LongVector.broadcast(LONGS, (long) minimum << 32 | (scale & 0xFFFFFFFFL))
            .reinterpretAsFloats()
            .mul(SIXTEENTHS);
    FloatVector first = (FloatVector) codes.convertShape(VectorOperators.B2F, FLOATS, 0);
    first.mul(unit).intoArray(target, to);
    if (LANES == 8) {
      FloatVector second = (FloatVector) codes.convertShape(VectorOperators.B2F, FLOATS, 1);
      second.mul(unit).intoArray(target, to + 8);
    }
  }

  /**
   * With vectors of 16: the first group's weights are looked up among its 16 possible ones, the
   * second's are computed, which keeps more of the CPU's units busy. There are registers enough for
   * rows to share the token's vectors.
   *
   * @param factors room for the factors of three blocks
   * @param blocks of a row
   */
  static void wideQ4_K(
      MemorySegment data,
      long aAt,
      long bAt,
      long cAt,
      float[] factors,
      float[] x,
      int blocks,
      float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    FloatVector integers = FloatVector.fromArray(FLOATS, INTEGERS, 0);
    for (int block = 0; block < blocks; block++) {
      long start = (long) block * BLOCK_BYTES;
      factors(data, aAt + start, factors, 0);
      factors(data, bAt + start, factors, 16);
      factors(data, cAt + start, factors, 32);
      for (int pair = 0; pair < 4; pair++) {
        int f = 4 * pair;
        int xAt = block * 256 + pair * 64;
        long byteAt = start + 16 + 32L * pair;
        FloatVector x0 = FloatVector.fromArray(FLOATS, x, xAt);
        FloatVector x1 = FloatVector.fromArray(FLOATS, x, xAt + 16);
        FloatVector x2 = FloatVector.fromArray(FLOATS, x, xAt + 32);
        FloatVector x3 = FloatVector.fromArray(FLOATS, x, xAt + 48);
        FloatVector aTable =
            integers.fma(
                FloatVector.broadcast(FLOATS, factors[f]),
                FloatVector.broadcast(FLOATS, factors[f + 1]));
        FloatVector aScale = FloatVector.broadcast(FLOATS, factors[f + 2]);
        FloatVector aShift = FloatVector.broadcast(FLOATS, factors[f + 3]);
        ByteVector aFirst =
            ByteVector.fromMemorySegment(BYTES, data, aAt + byteAt, ByteOrder.LITTLE_ENDIAN);
        ByteVector aSecond =
            ByteVector.fromMemorySegment(BYTES, data, aAt + byteAt + 16, ByteOrder.LITTLE_ENDIAN);
        IntVector a0 = (IntVector) aFirst.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        IntVector a1 = (IntVector) aSecond.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        a = a0.selectFrom(aTable.reinterpretAsInts()).reinterpretAsFloats().fma(x0, a);
        a = a1.selectFrom(aTable.reinterpretAsInts()).reinterpretAsFloats().fma(x1, a);
        a =
            ((FloatVector) a0.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
                .fma(aScale, aShift)
                .fma(x2, a);
        a =
            ((FloatVector) a1.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
                .fma(aScale, aShift)
                .fma(x3, a);
        FloatVector bTable =
            integers.fma(
                FloatVector.broadcast(FLOATS, factors[f + 16]),
                FloatVector.broadcast(FLOATS, factors[f + 17]));
        FloatVector bScale = FloatVector.broadcast(FLOATS, factors[f + 18]);
        FloatVector bShift = FloatVector.broadcast(FLOATS, factors[f + 19]);
        ByteVector bFirst =
            ByteVector.fromMemorySegment(BYTES, data, bAt + byteAt, ByteOrder.LITTLE_ENDIAN);
        ByteVector bSecond =
            ByteVector.fromMemorySegment(BYTES, data, bAt + byteAt + 16, ByteOrder.LITTLE_ENDIAN);
        IntVector b0 = (IntVector) bFirst.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        IntVector b1 = (IntVector) bSecond.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        b = b0.selectFrom(bTable.reinterpretAsInts()).reinterpretAsFloats().fma(x0, b);
        b = b1.selectFrom(bTable.reinterpretAsInts()).reinterpretAsFloats().fma(x1, b);
        b =
            ((FloatVector) b0.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
                .fma(bScale, bShift)
                .fma(x2, b);
        b =
            ((FloatVector) b1.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
                .fma(bScale, bShift)
                .fma(x3, b);
        FloatVector cTable =
            integers.fma(
                FloatVector.broadcast(FLOATS, factors[f + 32]),
                FloatVector.broadcast(FLOATS, factors[f + 33]));
        FloatVector cScale = FloatVector.broadcast(FLOATS, factors[f + 34]);
        FloatVector cShift = FloatVector.broadcast(FLOATS, factors[f + 35]);
        ByteVector cFirst =
            ByteVector.fromMemorySegment(BYTES, data, cAt + byteAt, ByteOrder.LITTLE_ENDIAN);
        ByteVector cSecond =
            ByteVector.fromMemorySegment(BYTES, data, cAt + byteAt + 16, ByteOrder.LITTLE_ENDIAN);
        IntVector c0 = (IntVector) cFirst.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        IntVector c1 = (IntVector) cSecond.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        c = c0.selectFrom(cTable.reinterpretAsInts()).reinterpretAsFloats().fma(x0, c);
        c = c1.selectFrom(cTable.reinterpretAsInts()).reinterpretAsFloats().fma(x1, c);
        c =
            ((FloatVector) c0.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
                .fma(cScale, cShift)
                .fma(x2, c);
        c =
            ((FloatVector) c1.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
                .fma(cScale, cShift)
                .fma(x3, c);
      }
    }
    a.intoArray(sums, 0 * LANES);
    b.intoArray(sums, 1 * LANES);
    c.intoArray(sums, 2 * LANES);
  }

  /**
   * With vectors of 8; the token comes three times, for the reason that {@link StreamedNibbles}
   * gives. The loop counts pairs: pair {@code i} of a row lies at byte {@code 36 i + 16 - 4 (i mod
   * 4)}.
   */
  static void narrowQ4_K(
      MemorySegment data,
      long aAt,
      long bAt,
      long cAt,
      float[] factors,
      float[] x,
      float[] y,
      float[] z,
      int pairs,
      float[] sums) {
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = FloatVector.zero(FLOATS);
    FloatVector c = FloatVector.zero(FLOATS);
    for (int i = 0; i < pairs; i++) {
      int pair = i & 3;
      if (pair == 0) {
        factors(data, aAt + 36L * i, factors, 0);
        factors(data, bAt + 36L * i, factors, 16);
        factors(data, cAt + 36L * i, factors, 32);
      }
      int f = 4 * pair;
      long at = 36L * i + 16 - f;
      FloatVector aScale = FloatVector.broadcast(FLOATS, factors[f]);
      FloatVector aShift = FloatVector.broadcast(FLOATS, factors[f + 1]);
      ByteVector aBytes0 =
          ByteVector.fromMemorySegment(BYTES, data, aAt + at, ByteOrder.LITTLE_ENDIAN);
      ByteVector aBytes1 =
          ByteVector.fromMemorySegment(BYTES, data, aAt + at + 8, ByteOrder.LITTLE_ENDIAN);
      ByteVector aBytes2 =
          ByteVector.fromMemorySegment(BYTES, data, aAt + at + 16, ByteOrder.LITTLE_ENDIAN);
      ByteVector aBytes3 =
          ByteVector.fromMemorySegment(BYTES, data, aAt + at + 24, ByteOrder.LITTLE_ENDIAN);
      IntVector a0 = (IntVector) aBytes0.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector a1 = (IntVector) aBytes1.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector a2 = (IntVector) aBytes2.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector a3 = (IntVector) aBytes3.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      a =
          ((FloatVector) a0.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64), a);
      a =
          ((FloatVector) a1.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64 + 8), a);
      a =
          ((FloatVector) a2.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64 + 16), a);
      a =
          ((FloatVector) a3.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64 + 24), a);
      aScale = FloatVector.broadcast(FLOATS, factors[f + 2]);
      aShift = FloatVector.broadcast(FLOATS, factors[f + 3]);
      a =
          ((FloatVector) a0.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64 + 32), a);
      a =
          ((FloatVector) a1.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64 + 40), a);
      a =
          ((FloatVector) a2.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64 + 48), a);
      a =
          ((FloatVector) a3.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(aScale, aShift)
              .fma(FloatVector.fromArray(FLOATS, x, i * 64 + 56), a);
      FloatVector bScale = FloatVector.broadcast(FLOATS, factors[f + 16]);
      FloatVector bShift = FloatVector.broadcast(FLOATS, factors[f + 17]);
      ByteVector bBytes0 =
          ByteVector.fromMemorySegment(BYTES, data, bAt + at, ByteOrder.LITTLE_ENDIAN);
      ByteVector bBytes1 =
          ByteVector.fromMemorySegment(BYTES, data, bAt + at + 8, ByteOrder.LITTLE_ENDIAN);
      ByteVector bBytes2 =
          ByteVector.fromMemorySegment(BYTES, data, bAt + at + 16, ByteOrder.LITTLE_ENDIAN);
      ByteVector bBytes3 =
          ByteVector.fromMemorySegment(BYTES, data, bAt + at + 24, ByteOrder.LITTLE_ENDIAN);
      IntVector b0 = (IntVector) bBytes0.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector b1 = (IntVector) bBytes1.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector b2 = (IntVector) bBytes2.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector b3 = (IntVector) bBytes3.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      b =
          ((FloatVector) b0.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64), b);
      b =
          ((FloatVector) b1.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64 + 8), b);
      b =
          ((FloatVector) b2.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64 + 16), b);
      b =
          ((FloatVector) b3.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64 + 24), b);
      bScale = FloatVector.broadcast(FLOATS, factors[f + 18]);
      bShift = FloatVector.broadcast(FLOATS, factors[f + 19]);
      b =
          ((FloatVector) b0.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64 + 32), b);
      b =
          ((FloatVector) b1.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64 + 40), b);
      b =
          ((FloatVector) b2.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64 + 48), b);
      b =
          ((FloatVector) b3.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(bScale, bShift)
              .fma(FloatVector.fromArray(FLOATS, y, i * 64 + 56), b);
      FloatVector cScale = FloatVector.broadcast(FLOATS, factors[f + 32]);
      FloatVector cShift = FloatVector.broadcast(FLOATS, factors[f + 33]);
      ByteVector cBytes0 =
          ByteVector.fromMemorySegment(BYTES, data, cAt + at, ByteOrder.LITTLE_ENDIAN);
      ByteVector cBytes1 =
          ByteVector.fromMemorySegment(BYTES, data, cAt + at + 8, ByteOrder.LITTLE_ENDIAN);
      ByteVector cBytes2 =
          ByteVector.fromMemorySegment(BYTES, data, cAt + at + 16, ByteOrder.LITTLE_ENDIAN);
      ByteVector cBytes3 =
          ByteVector.fromMemorySegment(BYTES, data, cAt + at + 24, ByteOrder.LITTLE_ENDIAN);
      IntVector c0 = (IntVector) cBytes0.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector c1 = (IntVector) cBytes1.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector c2 = (IntVector) cBytes2.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      IntVector c3 = (IntVector) cBytes3.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
      c =
          ((FloatVector) c0.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64), c);
      c =
          ((FloatVector) c1.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64 + 8), c);
      c =
          ((FloatVector) c2.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64 + 16), c);
      c =
          ((FloatVector) c3.and(LOWER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64 + 24), c);
      cScale = FloatVector.broadcast(FLOATS, factors[f + 34]);
      cShift = FloatVector.broadcast(FLOATS, factors[f + 35]);
      c =
          ((FloatVector) c0.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64 + 32), c);
      c =
          ((FloatVector) c1.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64 + 40), c);
      c =
          ((FloatVector) c2.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64 + 48), c);
      c =
          ((FloatVector) c3.and(UPPER_NIBBLE).convert(VectorOperators.I2F, 0))
              .fma(cScale, cShift)
              .fma(FloatVector.fromArray(FLOATS, z, i * 64 + 56), c);
    }
    a.intoArray(sums, 0 * LANES);
    b.intoArray(sums, 1 * LANES);
    c.intoArray(sums, 2 * LANES);
  }
}
