package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Q4_K in vectors of 512 bits: half of a block's nibbles at a time, and all its scales and minima
 * in one vector, whose lane j has the scale of part j, and lane 8 + j its minimum.
 */
final class SuperBlockHalves implements SuperBlockProducts {

  static final SuperBlockHalves INSTANCE = new SuperBlockHalves();

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
  private static final VectorMask<Float> MINIMA = VectorMask.fromLong(FLOATS, 0xFF00);

  /** Which int of a block has the lower bits of a lane's code, where in it, and how many. */
  private static final IntVector LOWER =
      SuperBlockProducts.ints(INTS, i -> i % 8 < 4 ? 1 + i / 8 : 3);

  private static final IntVector LOWER_SHIFT =
      SuperBlockProducts.ints(INTS, i -> 8 * (i % 4) + (i < 12 ? 0 : 4));
  private static final IntVector LOWER_MASK =
      SuperBlockProducts.ints(INTS, i -> i % 8 < 4 ? 63 : 15);

  /** The same of the upper bits, which parts 4 to 7 have. */
  private static final IntVector UPPER = SuperBlockProducts.ints(INTS, i -> 1 + i / 8);

  private static final IntVector UPPER_SHIFT = SuperBlockProducts.ints(INTS, i -> 8 * (i % 4) + 2);
  private static final IntVector UPPER_MASK =
      SuperBlockProducts.ints(INTS, i -> i % 8 < 4 ? 0 : 0x30);

  /** Which part each lane of the halves' lower and upper nibbles belongs to. */
  private static final IntVector PARTS_0 = SuperBlockProducts.ints(INTS, i -> i < 8 ? 0 : 2);

  private static final IntVector PARTS_1 = SuperBlockProducts.ints(INTS, i -> i < 8 ? 1 : 3);
  private static final IntVector PARTS_2 = SuperBlockProducts.ints(INTS, i -> i < 8 ? 4 : 6);
  private static final IntVector PARTS_3 = SuperBlockProducts.ints(INTS, i -> i < 8 ? 5 : 7);

  private static final int LANES = 16;

  private final Group group = SuperBlockProducts.group(LANES);

  private SuperBlockHalves() {}

  @Override
  public Group group() {
    return group;
  }

  @Override
  public int tokens() {
    return 2;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The loop has a single counter, and all indices are nine or twenty times that plus a
   * constant, so that checks of bounds leave the loop. {@link #scalesAndMinima} stays a method, as
   * the first-tier compiler gives up if this loop is any longer.
   */
  @Override
  public void single(MemorySegment data, long[] offsets, int bytes, short[] x, float[] sums) {
    long a = offsets[0];
    long b = offsets[1];
    FloatVector aSum = FloatVector.zero(FLOATS);
    FloatVector bSum = FloatVector.zero(FLOATS);
    for (int i = 0; i < bytes / 9; i += 16) {
      FloatVector xScales = ShortVector.fromArray(SHORTS, x, i * 20 + 256).reinterpretAsFloats();
      FloatVector xSums = ShortVector.fromArray(SHORTS, x, i * 20 + 288).reinterpretAsFloats();
      FloatVector aFactors =
          scalesAndMinima(
                  IntVector.fromMemorySegment(INTS, data, a + 9L * i, ByteOrder.LITTLE_ENDIAN))
              .mul(xScales);
      aSum = aFactors.fma(xSums, aSum);
      IntVector aScales = aFactors.reinterpretAsInts();
      FloatVector bFactors =
          scalesAndMinima(
                  IntVector.fromMemorySegment(INTS, data, b + 9L * i, ByteOrder.LITTLE_ENDIAN))
              .mul(xScales);
      bSum = bFactors.fma(xSums, bSum);
      IntVector bScales = bFactors.reinterpretAsInts();
      IntVector aBytes0 =
          IntVector.fromMemorySegment(INTS, data, a + 9L * i + 16, ByteOrder.LITTLE_ENDIAN);
      IntVector bBytes0 =
          IntVector.fromMemorySegment(INTS, data, b + 9L * i + 16, ByteOrder.LITTLE_ENDIAN);
      ShortVector even0 = ShortVector.fromArray(SHORTS, x, i * 20);
      ShortVector odd0 = ShortVector.fromArray(SHORTS, x, i * 20 + 32);
      IntVector aNibbles0 = aBytes0.and(NIBBLES);
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
              .fma(PARTS_0.selectFrom(aScales).reinterpretAsFloats(), aSum);
      IntVector bNibbles0 = bBytes0.and(NIBBLES);
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
              .fma(PARTS_0.selectFrom(bScales).reinterpretAsFloats(), bSum);
      ShortVector even1 = ShortVector.fromArray(SHORTS, x, i * 20 + 64);
      ShortVector odd1 = ShortVector.fromArray(SHORTS, x, i * 20 + 96);
      IntVector aNibbles1 = aBytes0.lanewise(VectorOperators.LSHR, 4).and(NIBBLES);
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
              .fma(PARTS_1.selectFrom(aScales).reinterpretAsFloats(), aSum);
      IntVector bNibbles1 = bBytes0.lanewise(VectorOperators.LSHR, 4).and(NIBBLES);
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
              .fma(PARTS_1.selectFrom(bScales).reinterpretAsFloats(), bSum);
      IntVector aBytes1 =
          IntVector.fromMemorySegment(INTS, data, a + 9L * i + 80, ByteOrder.LITTLE_ENDIAN);
      IntVector bBytes1 =
          IntVector.fromMemorySegment(INTS, data, b + 9L * i + 80, ByteOrder.LITTLE_ENDIAN);
      ShortVector even2 = ShortVector.fromArray(SHORTS, x, i * 20 + 128);
      ShortVector odd2 = ShortVector.fromArray(SHORTS, x, i * 20 + 160);
      IntVector aNibbles2 = aBytes1.and(NIBBLES);
      aSum =
          ((FloatVector)
                  aNibbles2
                      .reinterpretAsShorts()
                      .mul(even2)
                      .add(
                          aNibbles2
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd2))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_2.selectFrom(aScales).reinterpretAsFloats(), aSum);
      IntVector bNibbles2 = bBytes1.and(NIBBLES);
      bSum =
          ((FloatVector)
                  bNibbles2
                      .reinterpretAsShorts()
                      .mul(even2)
                      .add(
                          bNibbles2
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd2))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_2.selectFrom(bScales).reinterpretAsFloats(), bSum);
      ShortVector even3 = ShortVector.fromArray(SHORTS, x, i * 20 + 192);
      ShortVector odd3 = ShortVector.fromArray(SHORTS, x, i * 20 + 224);
      IntVector aNibbles3 = aBytes1.lanewise(VectorOperators.LSHR, 4).and(NIBBLES);
      aSum =
          ((FloatVector)
                  aNibbles3
                      .reinterpretAsShorts()
                      .mul(even3)
                      .add(
                          aNibbles3
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd3))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_3.selectFrom(aScales).reinterpretAsFloats(), aSum);
      IntVector bNibbles3 = bBytes1.lanewise(VectorOperators.LSHR, 4).and(NIBBLES);
      bSum =
          ((FloatVector)
                  bNibbles3
                      .reinterpretAsShorts()
                      .mul(even3)
                      .add(
                          bNibbles3
                              .lanewise(VectorOperators.LSHR, 8)
                              .reinterpretAsShorts()
                              .mul(odd3))
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_3.selectFrom(bScales).reinterpretAsFloats(), bSum);
    }
    aSum.intoArray(sums, 0);
    bSum.intoArray(sums, LANES);
  }

  /** Scales and minima of the block that begins with {@code header}. */
  private static FloatVector scalesAndMinima(IntVector header) {
    int units = header.lane(0);
    FloatVector scale = FloatVector.broadcast(FLOATS, Float.float16ToFloat((short) units));
    FloatVector minimum =
        FloatVector.broadcast(FLOATS, Float.float16ToFloat((short) (units >> 16)));
    IntVector lower =
        LOWER.selectFrom(header).lanewise(VectorOperators.LSHR, LOWER_SHIFT).and(LOWER_MASK);
    IntVector upper =
        UPPER.selectFrom(header).lanewise(VectorOperators.LSHR, UPPER_SHIFT).and(UPPER_MASK);
    return ((FloatVector) lower.or(upper).convert(VectorOperators.I2F, 0))
        .mul(scale.blend(minimum, MINIMA));
  }

  @Override
  public void unpack(MemorySegment data, long from, int groups, int[] target, int at) {
    for (int i = 0; i < groups; i++) {
      long byteAt = from + (long) i * group.bytes();
      int to = at + i * group.ints();
      IntVector header = IntVector.fromMemorySegment(INTS, data, byteAt, ByteOrder.LITTLE_ENDIAN);
      scalesAndMinima(header).reinterpretAsInts().intoArray(target, to);
      for (int half = 0; half < 2; half++) {
        IntVector bytes =
            IntVector.fromMemorySegment(
                INTS, data, byteAt + 16 + 64L * half, ByteOrder.LITTLE_ENDIAN);
        bytes.and(NIBBLES).intoArray(target, to + 16 + 32 * half);
        bytes.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).intoArray(target, to + 32 + 32 * half);
      }
    }
  }

  @Override
  public void tile(
      int[] w, int wAt, int groups, short[] x, int xAt, float[] sums, int at, int next) {
    FloatVector aSum = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector bSum = FloatVector.fromArray(FLOATS, sums, at + next);
    for (int i = 0; i < groups * 80; i += 80) {
      FloatVector factors = IntVector.fromArray(INTS, w, wAt + i).reinterpretAsFloats();
      IntVector nibbles0 = IntVector.fromArray(INTS, w, wAt + i + 16);
      ShortVector even0 = nibbles0.reinterpretAsShorts();
      ShortVector odd0 = nibbles0.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      IntVector nibbles1 = IntVector.fromArray(INTS, w, wAt + i + 32);
      ShortVector even1 = nibbles1.reinterpretAsShorts();
      ShortVector odd1 = nibbles1.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      IntVector nibbles2 = IntVector.fromArray(INTS, w, wAt + i + 48);
      ShortVector even2 = nibbles2.reinterpretAsShorts();
      ShortVector odd2 = nibbles2.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      IntVector nibbles3 = IntVector.fromArray(INTS, w, wAt + i + 64);
      ShortVector even3 = nibbles3.reinterpretAsShorts();
      ShortVector odd3 = nibbles3.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      FloatVector aFactors =
          factors.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 256).reinterpretAsFloats());
      aSum =
          aFactors.fma(
              ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 288).reinterpretAsFloats(), aSum);
      IntVector aParts0 =
          even0
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8))
              .add(odd0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 32)))
              .reinterpretAsInts();
      aSum =
          ((FloatVector)
                  aParts0
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_0.selectFrom(aFactors.reinterpretAsInts()).reinterpretAsFloats(), aSum);
      IntVector aParts1 =
          even1
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 64))
              .add(odd1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 96)))
              .reinterpretAsInts();
      aSum =
          ((FloatVector)
                  aParts1
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_1.selectFrom(aFactors.reinterpretAsInts()).reinterpretAsFloats(), aSum);
      IntVector aParts2 =
          even2
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 128))
              .add(odd2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 160)))
              .reinterpretAsInts();
      aSum =
          ((FloatVector)
                  aParts2
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_2.selectFrom(aFactors.reinterpretAsInts()).reinterpretAsFloats(), aSum);
      IntVector aParts3 =
          even3
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 192))
              .add(odd3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 224)))
              .reinterpretAsInts();
      aSum =
          ((FloatVector)
                  aParts3
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_3.selectFrom(aFactors.reinterpretAsInts()).reinterpretAsFloats(), aSum);
      FloatVector bFactors =
          factors.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 576).reinterpretAsFloats());
      bSum =
          bFactors.fma(
              ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 608).reinterpretAsFloats(), bSum);
      IntVector bParts0 =
          even0
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 320))
              .add(odd0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 352)))
              .reinterpretAsInts();
      bSum =
          ((FloatVector)
                  bParts0
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_0.selectFrom(bFactors.reinterpretAsInts()).reinterpretAsFloats(), bSum);
      IntVector bParts1 =
          even1
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 384))
              .add(odd1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 416)))
              .reinterpretAsInts();
      bSum =
          ((FloatVector)
                  bParts1
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_1.selectFrom(bFactors.reinterpretAsInts()).reinterpretAsFloats(), bSum);
      IntVector bParts2 =
          even2
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 448))
              .add(odd2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 480)))
              .reinterpretAsInts();
      bSum =
          ((FloatVector)
                  bParts2
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_2.selectFrom(bFactors.reinterpretAsInts()).reinterpretAsFloats(), bSum);
      IntVector bParts3 =
          even3
              .mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 512))
              .add(odd3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 8 + 544)))
              .reinterpretAsInts();
      bSum =
          ((FloatVector)
                  bParts3
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(PARTS_3.selectFrom(bFactors.reinterpretAsInts()).reinterpretAsFloats(), bSum);
    }
    aSum.intoArray(sums, at);
    bSum.intoArray(sums, at + next);
  }
}
