package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Q4_K in vectors of 256 bits: a quarter of a block's nibbles at a time, the lower ones of a part
 * and the upper ones of the next, and all its scales or minima in one vector.
 */
final class SuperBlockQuarters implements SuperBlockProducts {

  static final SuperBlockQuarters INSTANCE = new SuperBlockQuarters();

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_256;

  /** Which int of a block has the lower bits of a part's code. */
  private static final IntVector LOWER_OF_SCALES =
      SuperBlockProducts.ints(INTS, i -> i < 4 ? 1 : 3);

  private static final IntVector LOWER_OF_MINIMA =
      SuperBlockProducts.ints(INTS, i -> i < 4 ? 2 : 3);

  /** Where in it, and how many. */
  private static final IntVector LOWER_SHIFT_OF_SCALES =
      SuperBlockProducts.ints(INTS, i -> 8 * (i % 4));

  private static final IntVector LOWER_SHIFT_OF_MINIMA =
      SuperBlockProducts.ints(INTS, i -> 8 * (i % 4) + i / 4 * 4);
  private static final IntVector LOWER_MASK = SuperBlockProducts.ints(INTS, i -> i < 4 ? 63 : 15);

  /** The same of the upper bits, which parts 4 to 7 have. */
  private static final IntVector UPPER_SHIFT = SuperBlockProducts.ints(INTS, i -> 8 * (i % 4) + 2);

  private static final IntVector UPPER_MASK = SuperBlockProducts.ints(INTS, i -> i < 4 ? 0 : 0x30);

  private static final int LANES = 8;

  private final Group group = SuperBlockProducts.group(LANES);

  private SuperBlockQuarters() {}

  @Override
  public Group group() {
    return group;
  }

  @Override
  public int tokens() {
    return 3;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A block's scales lie where the row's sums belong until the end; a part's is read from there.
   */
  @Override
  public void single(MemorySegment data, long[] offsets, int bytes, short[] x, float[] sums) {
    long a = offsets[0];
    long b = offsets[1];
    FloatVector aSum = FloatVector.zero(FLOATS);
    FloatVector bSum = FloatVector.zero(FLOATS);
    for (int i = 0; i < bytes / 36; i++) {
      int quarter = i & 3;
      int xAt = i * 72 - quarter * 8;
      if (quarter == 0) {
        aSum = beginBlock(data, a + 36L * i, x, xAt + FACTORS, sums, 0, aSum);
        bSum = beginBlock(data, b + 36L * i, x, xAt + FACTORS, sums, LANES, bSum);
      }
      int part = 2 * quarter;
      long from = 36L * i + 16 - 4L * quarter;
      IntVector aBytes = IntVector.fromMemorySegment(INTS, data, a + from, ByteOrder.LITTLE_ENDIAN);
      IntVector bBytes = IntVector.fromMemorySegment(INTS, data, b + from, ByteOrder.LITTLE_ENDIAN);
      ShortVector even0 = ShortVector.fromArray(SHORTS, x, xAt);
      ShortVector odd0 = ShortVector.fromArray(SHORTS, x, xAt + 16);
      IntVector aNibbles0 = aBytes.and(NIBBLES);
      aSum =
          ((FloatVector)
                  aNibbles0
                      .reinterpretAsShorts()
                      .mul(even0)
                      .add(
                          aNibbles0
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd0))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, sums[part]), aSum);
      IntVector bNibbles0 = bBytes.and(NIBBLES);
      bSum =
          ((FloatVector)
                  bNibbles0
                      .reinterpretAsShorts()
                      .mul(even0)
                      .add(
                          bNibbles0
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd0))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, sums[part + LANES]), bSum);
      ShortVector even1 = ShortVector.fromArray(SHORTS, x, xAt + 32);
      ShortVector odd1 = ShortVector.fromArray(SHORTS, x, xAt + 48);
      IntVector aNibbles1 = aBytes.lanewise(VectorOperators.LSHR, 4).and(NIBBLES);
      aSum =
          ((FloatVector)
                  aNibbles1
                      .reinterpretAsShorts()
                      .mul(even1)
                      .add(
                          aNibbles1
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd1))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, sums[part + 1]), aSum);
      IntVector bNibbles1 = bBytes.lanewise(VectorOperators.LSHR, 4).and(NIBBLES);
      bSum =
          ((FloatVector)
                  bNibbles1
                      .reinterpretAsShorts()
                      .mul(even1)
                      .add(
                          bNibbles1
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd1))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, sums[part + LANES + 1]), bSum);
    }
    aSum.intoArray(sums, 0);
    bSum.intoArray(sums, LANES);
  }

  /**
   * Writes the scales of a block, times the token's, to {@code scales}, and adds its minima to a
   * row's {@code sum}, which it returns.
   *
   * @param block the byte at which it begins
   * @param xAt where the token's scales are
   */
  private static FloatVector beginBlock(
      MemorySegment data, long block, short[] x, int xAt, float[] scales, int at, FloatVector sum) {
    IntVector header = IntVector.fromMemorySegment(INTS, data, block, ByteOrder.LITTLE_ENDIAN);
    FloatVector xScales = ShortVector.fromArray(SHORTS, x, xAt).reinterpretAsFloats();
    scales(header).mul(xScales).intoArray(scales, at);
    return minima(header)
        .mul(xScales)
        .fma(ShortVector.fromArray(SHORTS, x, xAt + 16).reinterpretAsFloats(), sum);
  }

  /** The scales of all parts of the block that begins with {@code header}. */
  private static FloatVector scales(IntVector header) {
    IntVector lower =
        LOWER_OF_SCALES
            .selectFrom(header)
            .lanewise(VectorOperators.LSHR, LOWER_SHIFT_OF_SCALES)
            .and(LOWER_MASK);
    IntVector upper =
        IntVector.broadcast(INTS, 1)
            .selectFrom(header)
            .lanewise(VectorOperators.LSHR, UPPER_SHIFT)
            .and(UPPER_MASK);
    return ((FloatVector) lower.or(upper).convert(VectorOperators.I2F, 0))
        .mul(Float.float16ToFloat((short) header.lane(0)));
  }

  /** The minima of all parts. */
  private static FloatVector minima(IntVector header) {
    IntVector lower =
        LOWER_OF_MINIMA
            .selectFrom(header)
            .lanewise(VectorOperators.LSHR, LOWER_SHIFT_OF_MINIMA)
            .and(LOWER_MASK);
    IntVector upper =
        IntVector.broadcast(INTS, 2)
            .selectFrom(header)
            .lanewise(VectorOperators.LSHR, UPPER_SHIFT)
            .and(UPPER_MASK);
    return ((FloatVector) lower.or(upper).convert(VectorOperators.I2F, 0))
        .mul(Float.float16ToFloat((short) (header.lane(0) >> 16)));
  }

  @Override
  public void unpack(MemorySegment data, long from, int groups, int[] target, int at) {
    for (int i = 0; i < groups; i++) {
      long byteAt = from + (long) i * group.bytes();
      int to = at + i * group.ints();
      IntVector header = IntVector.fromMemorySegment(INTS, data, byteAt, ByteOrder.LITTLE_ENDIAN);
      scales(header).reinterpretAsInts().intoArray(target, to);
      minima(header).reinterpretAsInts().intoArray(target, to + 8);
      for (int quarter = 0; quarter < 4; quarter++) {
        IntVector bytes =
            IntVector.fromMemorySegment(
                INTS, data, byteAt + 16 + 32L * quarter, ByteOrder.LITTLE_ENDIAN);
        bytes.and(NIBBLES).intoArray(target, to + 16 + 16 * quarter);
        bytes
            .lanewise(VectorOperators.LSHR, 4)
            .and(NIBBLES)
            .intoArray(target, to + 24 + 16 * quarter);
      }
    }
  }

  @Override
  public void tile(
      int[] w, int wAt, int groups, short[] x, int xAt, float[] sums, int at, int next) {
    FloatVector aSum = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector bSum = FloatVector.fromArray(FLOATS, sums, at + next);
    FloatVector cSum = FloatVector.fromArray(FLOATS, sums, at + 2 * next);
    IntVector aScales = IntVector.zero(INTS);
    IntVector bScales = aScales;
    IntVector cScales = aScales;
    for (int i = 0; i < 4 * groups; i++) {
      int quarter = i & 3;
      int from = wAt + i * 20 - quarter * 4;
      int xi = xAt + i * 216 - quarter * 152;
      if (quarter == 0) {
        FloatVector scales = IntVector.fromArray(INTS, w, from).reinterpretAsFloats();
        FloatVector minima = IntVector.fromArray(INTS, w, from + 8).reinterpretAsFloats();
        FloatVector aUnits = ShortVector.fromArray(SHORTS, x, xi + 256).reinterpretAsFloats();
        aScales = scales.mul(aUnits).reinterpretAsInts();
        aSum =
            minima
                .mul(aUnits)
                .fma(ShortVector.fromArray(SHORTS, x, xi + 272).reinterpretAsFloats(), aSum);
        FloatVector bUnits = ShortVector.fromArray(SHORTS, x, xi + 544).reinterpretAsFloats();
        bScales = scales.mul(bUnits).reinterpretAsInts();
        bSum =
            minima
                .mul(bUnits)
                .fma(ShortVector.fromArray(SHORTS, x, xi + 560).reinterpretAsFloats(), bSum);
        FloatVector cUnits = ShortVector.fromArray(SHORTS, x, xi + 832).reinterpretAsFloats();
        cScales = scales.mul(cUnits).reinterpretAsInts();
        cSum =
            minima
                .mul(cUnits)
                .fma(ShortVector.fromArray(SHORTS, x, xi + 848).reinterpretAsFloats(), cSum);
      }
      IntVector part0 = IntVector.broadcast(INTS, 2 * quarter);
      IntVector nibbles0 = IntVector.fromArray(INTS, w, from + 16);
      ShortVector even0 = nibbles0.reinterpretAsShorts();
      ShortVector odd0 = nibbles0.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      aSum =
          ((FloatVector)
                  even0
                      .mul(ShortVector.fromArray(SHORTS, x, xi))
                      .add(odd0.mul(ShortVector.fromArray(SHORTS, x, xi + 16)))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(part0.selectFrom(aScales).reinterpretAsFloats(), aSum);
      bSum =
          ((FloatVector)
                  even0
                      .mul(ShortVector.fromArray(SHORTS, x, xi + 288))
                      .add(odd0.mul(ShortVector.fromArray(SHORTS, x, xi + 304)))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(part0.selectFrom(bScales).reinterpretAsFloats(), bSum);
      cSum =
          ((FloatVector)
                  even0
                      .mul(ShortVector.fromArray(SHORTS, x, xi + 576))
                      .add(odd0.mul(ShortVector.fromArray(SHORTS, x, xi + 592)))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(part0.selectFrom(cScales).reinterpretAsFloats(), cSum);
      IntVector part1 = IntVector.broadcast(INTS, 2 * quarter + 1);
      IntVector nibbles1 = IntVector.fromArray(INTS, w, from + 24);
      ShortVector even1 = nibbles1.reinterpretAsShorts();
      ShortVector odd1 = nibbles1.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      aSum =
          ((FloatVector)
                  even1
                      .mul(ShortVector.fromArray(SHORTS, x, xi + 32))
                      .add(odd1.mul(ShortVector.fromArray(SHORTS, x, xi + 48)))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(part1.selectFrom(aScales).reinterpretAsFloats(), aSum);
      bSum =
          ((FloatVector)
                  even1
                      .mul(ShortVector.fromArray(SHORTS, x, xi + 320))
                      .add(odd1.mul(ShortVector.fromArray(SHORTS, x, xi + 336)))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(part1.selectFrom(bScales).reinterpretAsFloats(), bSum);
      cSum =
          ((FloatVector)
                  even1
                      .mul(ShortVector.fromArray(SHORTS, x, xi + 608))
                      .add(odd1.mul(ShortVector.fromArray(SHORTS, x, xi + 624)))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(part1.selectFrom(cScales).reinterpretAsFloats(), cSum);
    }
    aSum.intoArray(sums, at);
    bSum.intoArray(sums, at + next);
    cSum.intoArray(sums, at + 2 * next);
  }
}
