package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Unpacks blocks of 32 elements; their layout is described at {@code
 * dev.sirocco.tensor.SmallBlocks}. Vectors of 16 bytes fit these formats at every vector width.
 */
final class SmallBlockCodes {

  static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_128;
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The values behind the codes of the IQ4 formats. */
  private static final byte[] CODEBOOK = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private SmallBlockCodes() {}

  static void unpackQ4_0(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scale(source, offset, target);
    ByteVector pairs = bytes(source, offset + 2);
    low(pairs).sub((byte) 8).intoArray(target.codes, 0);
    high(pairs).sub((byte) 8).intoArray(target.codes, 16);
  }

  static void unpackQ4_1(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scaleAndShift(source, offset, target);
    ByteVector pairs = bytes(source, offset + 4);
    low(pairs).intoArray(target.codes, 0);
    high(pairs).intoArray(target.codes, 16);
  }

  static void unpackQ5_0(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scale(source, offset, target);
    ByteVector pairs = bytes(source, offset + 6);
    int fifth = source.get(INT, offset + 2);
    low(pairs).add(bits(fifth, (byte) 16)).sub((byte) 16).intoArray(target.codes, 0);
    high(pairs).add(bits(fifth >>> 16, (byte) 16)).sub((byte) 16).intoArray(target.codes, 16);
  }

  static void unpackQ5_1(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scaleAndShift(source, offset, target);
    ByteVector pairs = bytes(source, offset + 8);
    int fifth = source.get(INT, offset + 4);
    low(pairs).add(bits(fifth, (byte) 16)).intoArray(target.codes, 0);
    high(pairs).add(bits(fifth >>> 16, (byte) 16)).intoArray(target.codes, 16);
  }

  static void unpackQ8_0(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scale(source, offset, target);
    bytes(source, offset + 2).intoArray(target.codes, 0);
    bytes(source, offset + 18).intoArray(target.codes, 16);
  }

  static void unpackIQ4_NL(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scale(source, offset, target);
    codebook(source, offset + 2, target, 0);
  }

  /** 16 bytes of indices into the codebook, as 32 values from {@code at} on. */
  static void codebook(MemorySegment source, long offset, BlockCodes.Unpacked target, int at) {
    ByteVector pairs = bytes(source, offset);
    ByteVector table = ByteVector.fromArray(BYTES, CODEBOOK, 0);
    low(pairs).selectFrom(table).intoArray(target.codes, at);
    high(pairs).selectFrom(table).intoArray(target.codes, at + 16);
  }

  static ByteVector bytes(MemorySegment source, long offset) {
    return ByteVector.fromMemorySegment(BYTES, source, offset, ByteOrder.LITTLE_ENDIAN);
  }

  static ByteVector low(ByteVector pairs) {
    return pairs.and((byte) 15);
  }

  static ByteVector high(ByteVector pairs) {
    return pairs.lanewise(VectorOperators.LSHR, 4).and((byte) 15);
  }

  static float half(MemorySegment source, long offset) {
    return Float.float16ToFloat(source.get(SHORT, offset));
  }

  /** {@code value} in lane i if bit i is set, else 0. */
  private static ByteVector bits(int bits, byte value) {
    return ByteVector.zero(BYTES).blend(value, VectorMask.fromLong(BYTES, bits & 0xFFFF));
  }

  private static void scale(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    target.scales[0] = half(source, offset);
    target.minima[0] = 0;
  }

  private static void scaleAndShift(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    target.scales[0] = half(source, offset);
    target.minima[0] = -half(source, offset + 2);
  }
}
