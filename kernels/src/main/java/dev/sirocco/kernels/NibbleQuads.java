package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Four neighbouring blocks of Q4_0 in a vector of 512 bits.
 *
 * <p>Of the 72 bytes the first 64 hold the four scales and all words of 16 bits but the last four
 * of the fourth block. Those come as a second vector, repeated, and a selection from both puts all
 * words in order; another brings the scales in place, which are read as {@link NibblePairs} reads
 * them.
 */
final class NibbleQuads implements NibbleProducts {

  static final NibbleQuads INSTANCE = new NibbleQuads();

  private static final int BLOCKS = 4;

  private static final int BYTES = 18 * BLOCKS;
  private static final int LANES = 4 * BLOCKS;
  private static final int INTS_EACH = 8 * BLOCKS;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_512;
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_512;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Selects words 0 to 7 of each block from the first 64 bytes and from the last 8. */
  private static final ShortVector WORDS = words();

  /** Selects for each lane its block's scale, twice. */
  private static final ShortVector SCALES = scales();

  private static ShortVector words() {
    short[] from = new short[SHORTS.length()];
    for (int i = 0; i < from.length; i++) {
      int at = i + i / 8 + 1;
      from[i] = (short) (at < from.length ? at : from.length + at % 4);
    }
    return ShortVector.fromArray(SHORTS, from, 0);
  }

  private static ShortVector scales() {
    short[] from = new short[SHORTS.length()];
    for (int i = 0; i < from.length; i++) {
      from[i] = (short) (i / 8 * 9);
    }
    return ShortVector.fromArray(SHORTS, from, 0);
  }

  private final Group group = NibbleProducts.group(BLOCKS);
  private final int[] order = NibbleProducts.order(BLOCKS, place -> place);

  private NibbleQuads() {}

  @Override
  public Group group() {
    return group;
  }

  @Override
  public int rows() {
    return 4;
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
    long c = offsets[2];
    long d = offsets[3];
    FloatVector aSum = FloatVector.zero(FLOATS);
    FloatVector bSum = FloatVector.zero(FLOATS);
    FloatVector cSum = FloatVector.zero(FLOATS);
    FloatVector dSum = FloatVector.zero(FLOATS);
    for (int i = 0; i < bytes / 3; i += BYTES / 3) {
      ShortVector x0 = ShortVector.fromArray(SHORTS, x, i * 8);
      ShortVector x1 = ShortVector.fromArray(SHORTS, x, i * 8 + 32);
      ShortVector x2 = ShortVector.fromArray(SHORTS, x, i * 8 + 64);
      ShortVector x3 = ShortVector.fromArray(SHORTS, x, i * 8 + 96);
      ShortVector xOffsets = ShortVector.fromArray(SHORTS, x, i * 8 + 128);
      FloatVector xScales = ShortVector.fromArray(SHORTS, x, i * 8 + 160).reinterpretAsFloats();
      ShortVector aFirst =
          IntVector.fromMemorySegment(INTS, data, a + 3L * i, ByteOrder.LITTLE_ENDIAN)
              .reinterpretAsShorts();
      ShortVector aLast =
          LongVector.broadcast(LONGS, data.get(LONG, a + 3L * i + 64)).reinterpretAsShorts();
      IntVector aNibbles = WORDS.selectFrom(aFirst, aLast).reinterpretAsInts();
      FloatVector aScales =
          SCALES
              .selectFrom(aFirst)
              .reinterpretAsInts()
              .lanewise(VectorOperators.ASHR, 3)
              .and(SCALE_BITS)
              .reinterpretAsFloats()
              .mul(xScales);
      ShortVector aParts = aNibbles.reinterpretAsShorts().mul(x0).add(xOffsets);
      aParts = aNibbles.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().mul(x1).add(aParts);
      aParts = aNibbles.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(x2).add(aParts);
      aParts =
          aNibbles.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts().mul(x3).add(aParts);
      aSum =
          ((FloatVector)
                  aParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(aScales, aSum);
      ShortVector bFirst =
          IntVector.fromMemorySegment(INTS, data, b + 3L * i, ByteOrder.LITTLE_ENDIAN)
              .reinterpretAsShorts();
      ShortVector bLast =
          LongVector.broadcast(LONGS, data.get(LONG, b + 3L * i + 64)).reinterpretAsShorts();
      IntVector bNibbles = WORDS.selectFrom(bFirst, bLast).reinterpretAsInts();
      FloatVector bScales =
          SCALES
              .selectFrom(bFirst)
              .reinterpretAsInts()
              .lanewise(VectorOperators.ASHR, 3)
              .and(SCALE_BITS)
              .reinterpretAsFloats()
              .mul(xScales);
      ShortVector bParts = bNibbles.reinterpretAsShorts().mul(x0).add(xOffsets);
      bParts = bNibbles.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().mul(x1).add(bParts);
      bParts = bNibbles.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(x2).add(bParts);
      bParts =
          bNibbles.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts().mul(x3).add(bParts);
      bSum =
          ((FloatVector)
                  bParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(bScales, bSum);
      ShortVector cFirst =
          IntVector.fromMemorySegment(INTS, data, c + 3L * i, ByteOrder.LITTLE_ENDIAN)
              .reinterpretAsShorts();
      ShortVector cLast =
          LongVector.broadcast(LONGS, data.get(LONG, c + 3L * i + 64)).reinterpretAsShorts();
      IntVector cNibbles = WORDS.selectFrom(cFirst, cLast).reinterpretAsInts();
      FloatVector cScales =
          SCALES
              .selectFrom(cFirst)
              .reinterpretAsInts()
              .lanewise(VectorOperators.ASHR, 3)
              .and(SCALE_BITS)
              .reinterpretAsFloats()
              .mul(xScales);
      ShortVector cParts = cNibbles.reinterpretAsShorts().mul(x0).add(xOffsets);
      cParts = cNibbles.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().mul(x1).add(cParts);
      cParts = cNibbles.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(x2).add(cParts);
      cParts =
          cNibbles.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts().mul(x3).add(cParts);
      cSum =
          ((FloatVector)
                  cParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(cScales, cSum);
      ShortVector dFirst =
          IntVector.fromMemorySegment(INTS, data, d + 3L * i, ByteOrder.LITTLE_ENDIAN)
              .reinterpretAsShorts();
      ShortVector dLast =
          LongVector.broadcast(LONGS, data.get(LONG, d + 3L * i + 64)).reinterpretAsShorts();
      IntVector dNibbles = WORDS.selectFrom(dFirst, dLast).reinterpretAsInts();
      FloatVector dScales =
          SCALES
              .selectFrom(dFirst)
              .reinterpretAsInts()
              .lanewise(VectorOperators.ASHR, 3)
              .and(SCALE_BITS)
              .reinterpretAsFloats()
              .mul(xScales);
      ShortVector dParts = dNibbles.reinterpretAsShorts().mul(x0).add(xOffsets);
      dParts = dNibbles.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts().mul(x1).add(dParts);
      dParts = dNibbles.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts().mul(x2).add(dParts);
      dParts =
          dNibbles.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts().mul(x3).add(dParts);
      dSum =
          ((FloatVector)
                  dParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(dScales, dSum);
    }
    aSum.intoArray(sums, 0);
    bSum.intoArray(sums, LANES);
    cSum.intoArray(sums, 2 * LANES);
    dSum.intoArray(sums, 3 * LANES);
  }

  @Override
  public void unpack(MemorySegment data, long from, int groups, int[] target, int at) {
    for (int group = 0; group < groups; group++) {
      long byteAt = from + (long) group * BYTES;
      ShortVector first =
          IntVector.fromMemorySegment(INTS, data, byteAt, ByteOrder.LITTLE_ENDIAN)
              .reinterpretAsShorts();
      ShortVector last =
          LongVector.broadcast(LONGS, data.get(LONG, byteAt + 64)).reinterpretAsShorts();
      int to = at + group * INTS_EACH;
      WORDS.selectFrom(first, last).reinterpretAsInts().intoArray(target, to);
      SCALES
          .selectFrom(first)
          .reinterpretAsInts()
          .lanewise(VectorOperators.ASHR, 3)
          .and(SCALE_BITS)
          .intoArray(target, to + LANES);
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
      FloatVector scales = IntVector.fromArray(INTS, w, wAt + i + LANES).reinterpretAsFloats();
      ShortVector n0 = nibbles.reinterpretAsShorts();
      ShortVector n1 = nibbles.lanewise(VectorOperators.LSHR, 4).reinterpretAsShorts();
      ShortVector n2 = nibbles.lanewise(VectorOperators.LSHR, 8).reinterpretAsShorts();
      ShortVector n3 = nibbles.lanewise(VectorOperators.LSHR, 12).reinterpretAsShorts();
      ShortVector aParts =
          n0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18))
              .add(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 128))
              .add(n1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 32)))
              .add(
                  n2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 64))
                      .add(n3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 96))));
      aSum =
          ((FloatVector)
                  aParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(
                  scales.mul(
                      ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 160).reinterpretAsFloats()),
                  aSum);
      ShortVector bParts =
          n0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 192))
              .add(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 320))
              .add(n1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 224)))
              .add(
                  n2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 256))
                      .add(n3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 288))));
      bSum =
          ((FloatVector)
                  bParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(
                  scales.mul(
                      ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 352).reinterpretAsFloats()),
                  bSum);
      ShortVector cParts =
          n0.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 384))
              .add(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 512))
              .add(n1.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 416)))
              .add(
                  n2.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 448))
                      .add(n3.mul(ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 480))));
      cSum =
          ((FloatVector)
                  cParts
                      .reinterpretAsInts()
                      .mul(BOTH_HALVES)
                      .lanewise(VectorOperators.ASHR, 16)
                      .convert(VectorOperators.I2F, 0))
              .fma(
                  scales.mul(
                      ShortVector.fromArray(SHORTS, x, xAt + i * 18 + 544).reinterpretAsFloats()),
                  cSum);
    }
    aSum.intoArray(sums, at);
    bSum.intoArray(sums, at + next);
    cSum.intoArray(sums, at + 2 * next);
  }

  @Override
  public float sum(float[] sums, int at) {
    return VectorMath.sum(FloatVector.fromArray(FLOATS, sums, at)) * UNSCALE;
  }
}
