package dev.sirocco.kernels;

import static dev.sirocco.kernels.SmallBlockCodes.SHORT;
import static dev.sirocco.kernels.SmallBlockCodes.bytes;
import static dev.sirocco.kernels.SmallBlockCodes.half;
import static dev.sirocco.kernels.SmallBlockCodes.high;
import static dev.sirocco.kernels.SmallBlockCodes.low;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Unpacks blocks of 256 elements; their layout is described at {@code
 * dev.sirocco.tensor.SuperBlocks}.
 */
final class SuperBlockCodes {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private SuperBlockCodes() {}

  static void unpackQ2_K(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    float scale = half(source, offset + 80);
    float minimum = half(source, offset + 82);
    for (int group = 0; group < 16; group++) {
      int packed = unsigned(source, offset + group);
      target.scales[group] = scale * (packed & 15);
      target.minima[group] = minimum * (packed >> 4);
    }
    for (int half = 0; half < 2; half++) {
      for (int first = 0; first < 32; first += 16) {
        ByteVector quants = bytes(source, offset + 16 + 32L * half + first);
        for (int part = 0; part < 4; part++) {
          bits(quants, 2 * part, 3).intoArray(target.codes, 128 * half + 32 * part + first);
        }
      }
    }
  }

  static void unpackQ3_K(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    float scale = half(source, offset + 108);
    for (int group = 0; group < 16; group++) {
      int low = (unsigned(source, offset + 96 + group % 8) >> (4 * (group / 8))) & 15;
      int high = (unsigned(source, offset + 104 + group % 4) >> (2 * (group / 4))) & 3;
      target.scales[group] = scale * ((low | (high << 4)) - 32);
      target.minima[group] = 0;
    }
    for (int first = 0; first < 32; first += 16) {
      ByteVector thirds = bytes(source, offset + first);
      for (int half = 0; half < 2; half++) {
        ByteVector quants = bytes(source, offset + 32 + 32L * half + first);
        for (int part = 0; part < 4; part++) {
          ByteVector third = bits(thirds, 4 * half + part, 1).mul((byte) 4);
          bits(quants, 2 * part, 3)
              .add(third)
              .sub((byte) 4)
              .intoArray(target.codes, 128 * half + 32 * part + first);
        }
      }
    }
  }

  static void unpackQ4_K(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scalesAndMinima(source, offset, target);
    for (int pair = 0; pair < 4; pair++) {
      for (int first = 0; first < 32; first += 16) {
        ByteVector quants = bytes(source, offset + 16 + 32L * pair + first);
        low(quants).intoArray(target.codes, 64 * pair + first);
        high(quants).intoArray(target.codes, 64 * pair + 32 + first);
      }
    }
  }

  static void unpackQ5_K(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    scalesAndMinima(source, offset, target);
    for (int first = 0; first < 32; first += 16) {
      ByteVector fifths = bytes(source, offset + 16 + first);
      for (int pair = 0; pair < 4; pair++) {
        ByteVector quants = bytes(source, offset + 48 + 32L * pair + first);
        low(quants)
            .add(bits(fifths, 2 * pair, 1).mul((byte) 16))
            .intoArray(target.codes, 64 * pair + first);
        high(quants)
            .add(bits(fifths, 2 * pair + 1, 1).mul((byte) 16))
            .intoArray(target.codes, 64 * pair + 32 + first);
      }
    }
  }

  static void unpackQ6_K(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    float scale = half(source, offset + 208);
    for (int group = 0; group < 16; group++) {
      target.scales[group] = scale * source.get(JAVA_BYTE, offset + 192 + group);
      target.minima[group] = 0;
    }
    for (int half = 0; half < 2; half++) {
      for (int first = 0; first < 32; first += 16) {
        int at = 128 * half + first;
        ByteVector highs = bytes(source, offset + 128 + 32L * half + first);
        ByteVector even = bytes(source, offset + 64L * half + first);
        ByteVector odd = bytes(source, offset + 64L * half + 32 + first);
        sixBits(low(even), highs, 0).intoArray(target.codes, at);
        sixBits(low(odd), highs, 2).intoArray(target.codes, at + 32);
        sixBits(high(even), highs, 4).intoArray(target.codes, at + 64);
        sixBits(high(odd), highs, 6).intoArray(target.codes, at + 96);
      }
    }
  }

  static void unpackIQ4_XS(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    float scale = half(source, offset);
    int highs = source.get(SHORT, offset + 2);
    for (int group = 0; group < 8; group++) {
      int low = (unsigned(source, offset + 4 + group / 2) >> (4 * (group % 2))) & 15;
      int high = (highs >> (2 * group)) & 3;
      target.scales[group] = scale * ((low | (high << 4)) - 32);
      target.minima[group] = 0;
      SmallBlockCodes.codebook(source, offset + 8 + 16L * group, target, 32 * group);
    }
  }

  /**
   * Scales and minima of the 8 groups of a Q4_K or Q5_K block, unpacked as four bytes of an integer
   * at once.
   */
  static void scalesAndMinima(MemorySegment source, long offset, BlockCodes.Unpacked target) {
    long head = source.get(LONG, offset);
    long tail = source.get(LONG, offset + 8);
    int low = (int) (head >>> 32);
    int middle = (int) tail;
    int high = (int) (tail >>> 32);
    float scale = Float.float16ToFloat((short) head);
    float minimum = Float.float16ToFloat((short) (head >>> 16));
    spread(low & 0x3F3F3F3F, scale, target.scales, 0);
    spread((high & 0x0F0F0F0F) | ((low >>> 2) & 0x30303030), scale, target.scales, 4);
    spread(middle & 0x3F3F3F3F, minimum, target.minima, 0);
    spread(((high >>> 4) & 0x0F0F0F0F) | ((middle >>> 2) & 0x30303030), minimum, target.minima, 4);
  }

  /** Each of the four bytes times the factor. */
  private static void spread(int bytes, float factor, float[] target, int at) {
    target[at] = factor * (bytes & 0xFF);
    target[at + 1] = factor * ((bytes >>> 8) & 0xFF);
    target[at + 2] = factor * ((bytes >>> 16) & 0xFF);
    target[at + 3] = factor * (bytes >>> 24);
  }

  private static ByteVector sixBits(ByteVector low, ByteVector highs, int shift) {
    return low.add(bits(highs, shift, 3).mul((byte) 16)).sub((byte) 32);
  }

  /** (v >> shift) & mask, lane by lane. */
  private static ByteVector bits(ByteVector v, int shift, int mask) {
    return v.lanewise(VectorOperators.LSHR, shift).and((byte) mask);
  }

  private static int unsigned(MemorySegment source, long offset) {
    return source.get(JAVA_BYTE, offset) & 0xFF;
  }
}
