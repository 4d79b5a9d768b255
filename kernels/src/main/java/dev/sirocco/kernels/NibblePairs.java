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
 * Two neighbouring blocks of Q4_0 in a vector of 256 bits.
 *
 * <p>Of the 36 bytes the 32 from the fifth on hold all but the first word of the first block's
 * nibbles, whose place the second block's scale takes, so that word is put there. Lanes 0 to 3 then
 * belong to the first block, 4 to 7 to the second.
 */
final class NibblePairs implements NibbleProducts {

  static final NibblePairs INSTANCE = new NibblePairs();

  private static final int BLOCKS = 2;

  private static final int BYTES = 18 * BLOCKS;
  private static final int LANES = 4 * BLOCKS;
  private static final int INTS_EACH = 8 * BLOCKS;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_256;
  private static final VectorMask<Short> SECOND_SCALE = VectorMask.fromLong(SHORTS, 1L << 7);
  private static final VectorMask<Integer> SECOND_BLOCK = VectorMask.fromLong(INTS, 0xF0);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Group group = NibbleProducts.group(BLOCKS);

  /** The first block's words come in the order 1 to 7, 0. */
  private final int[] order =
      NibbleProducts.order(BLOCKS, place -> place < 8 ? (place + 1) % 8 : place);

  private NibblePairs() {}

  @Override
  public Group group() {
    return group;
  }

  @Override
  public int rows() {
    return 2;
  }

  @Override
  public int[] order() {
    return order;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The loop has a single counter, and all indices are three or eight times that plus a
   * constant, so that checks of bounds leave the loop.
   */
  @Override
  public void single(MemorySegment data, long[] offsets, int bytes, short[] x, float[] sums) {
    long a = offsets[0];
    long b = offsets[1];
    FloatVector aSum = FloatVector.zero(FLOATS);
    FloatVector bSum = FloatVector.zero(FLOATS);
    for (int i = 0; i < bytes / 3; i += BYTES / 3) {
      IntVector aFirst = IntVector.broadcast(INTS, data.get(INT, a + 3L * i));
      IntVector aSecond = IntVector.broadcast(INTS, data.get(INT, a + 3L * i + 16));
      IntVector aNibbles =
          IntVector.fromMemorySegment(INTS, data, a + 3L * i + 4, ByteOrder.LITTLE_ENDIAN)
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
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 80).reinterpretAsFloats());
      ShortVector aParts =
          aNibbles
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8))
              .add(ShortVector.fromArray(SHORTS, x, i * 8 + 64));
      aParts =
          aNibbles
              .lanewise(VectorOperators.LSHR, 4)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 16))
              .add(aParts);
      aParts =
          aNibbles
              .lanewise(VectorOperators.LSHR, 8)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 32))
              .add(aParts);
      aParts =
          aNibbles
              .lanewise(VectorOperators.LSHR, 12)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 48))
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
      IntVector bFirst = IntVector.broadcast(INTS, data.get(INT, b + 3L * i));
      IntVector bSecond = IntVector.broadcast(INTS, data.get(INT, b + 3L * i + 16));
      IntVector bNibbles =
          IntVector.fromMemorySegment(INTS, data, b + 3L * i + 4, ByteOrder.LITTLE_ENDIAN)
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
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 80).reinterpretAsFloats());
      ShortVector bParts =
          bNibbles
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8))
              .add(ShortVector.fromArray(SHORTS, x, i * 8 + 64));
      bParts =
          bNibbles
              .lanewise(VectorOperators.LSHR, 4)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 16))
              .add(bParts);
      bParts =
          bNibbles
              .lanewise(VectorOperators.LSHR, 8)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 32))
              .add(bParts);
      bParts =
          bNibbles
              .lanewise(VectorOperators.LSHR, 12)
              .reinterpretAsShorts()
              .mul(ShortVector.fromArray(SHORTS, x, i * 8 + 48))
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
    aSum.intoArray(sums, 0);
    bSum.intoArray(sums, LANES);
  }

  @Override
  public void unpack(MemorySegment data, long from, int groups, int[] target, int at) {
    for (int group = 0; group < groups; group++) {
      long byteAt = from + (long) group * BYTES;
      IntVector first = IntVector.broadcast(INTS, data.get(INT, byteAt));
      IntVector second = IntVector.broadcast(INTS, data.get(INT, byteAt + 16));
      nibbles(data, byteAt + 4, first).intoArray(target, at + group * INTS_EACH);
      scales(first, second).reinterpretAsInts().intoArray(target, at + group * INTS_EACH + 8);
    }
  }

  @Override
  public void tile(
      int[] w, int wAt, int groups, short[] x, int xAt, float[] sums, int at, int next) {
    FloatVector aSum = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector bSum = FloatVector.fromArray(FLOATS, sums, at + next);
    FloatVector cSum = FloatVector.fromArray(FLOATS, sums, at + 2 * next);
    for (int i = 0; i < groups * INTS_EACH; i += INTS_EACH) {
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

  @Override
  public float sum(float[] sums, int at) {
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
