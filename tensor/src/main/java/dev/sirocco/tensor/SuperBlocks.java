package dev.sirocco.tensor;

import static dev.sirocco.tensor.Dequantizer.half;
import static dev.sirocco.tensor.Dequantizer.signed;
import static dev.sirocco.tensor.Dequantizer.unsigned;

import java.lang.foreign.MemorySegment;

/**
 * The K formats: super-blocks of 256 elements, in groups of 16 or 32 that each have an integer
 * scale (and perhaps an integer minimum), under one or two half-precision scales of the whole.
 *
 * <p>Element = (super scale * group scale) * integer - (super minimum * group minimum), each
 * product rounded to float.
 */
final class SuperBlocks {

  private static final int SIZE = 256;

  private SuperBlocks() {}

  /**
   * 16 bytes of group scales (low half) and minima (high half), 64 bytes of 2-bit integers, scale
   * f16, minimum f16. Bytes 32h to 32h + 31 hold the elements 128h to 128h + 127: element 128h +
   * 32p + l is at bits 2p of byte 32h + l.
   */
  static void decodeQ2_K(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset + 80);
    float minimum = half(source, offset + 82);
    for (int group = 0; group < 16; group++) {
      int packed = unsigned(source, offset + group);
      float groupScale = scale * (packed & 15);
      float groupMinimum = minimum * (packed >> 4);
      long quants = offset + 16 + 32L * (group / 8) + 16L * (group % 2);
      int shift = 2 * (group % 8 / 2);
      for (int i = 0; i < 16; i++) {
        int q = (unsigned(source, quants + i) >> shift) & 3;
        target[at + 16 * group + i] = groupScale * q - groupMinimum;
      }
    }
  }

  /**
   * 32 bytes of third bits (bit e / 32 of byte e % 32, and a clear bit subtracts 4), 64 bytes of
   * 2-bit integers as in Q2_K, 12 bytes of 6-bit group scales minus 32, scale f16.
   */
  static void decodeQ3_K(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset + 108);
    for (int group = 0; group < 16; group++) {
      float groupScale = scale * (scaleOfQ3_K(source, offset + 96, group) - 32);
      long quants = offset + 32 + 32L * (group / 8) + 16L * (group % 2);
      long thirds = offset + 16L * (group % 2);
      int shift = 2 * (group % 8 / 2);
      for (int i = 0; i < 16; i++) {
        int low = (unsigned(source, quants + i) >> shift) & 3;
        int third = (unsigned(source, thirds + i) >> (group / 2)) & 1;
        target[at + 16 * group + i] = groupScale * (low - 4 + 4 * third);
      }
    }
  }

  /**
   * Low four bits in bytes 0 to 7 (groups 8 to 15 in the high halves), upper two bits in bytes 8 to
   * 11.
   */
  private static int scaleOfQ3_K(MemorySegment source, long scales, int group) {
    int low = (unsigned(source, scales + group % 8) >> (4 * (group / 8))) & 15;
    int high = (unsigned(source, scales + 8 + group % 4) >> (2 * (group / 4))) & 3;
    return low | (high << 4);
  }

  /**
   * scale f16, minimum f16, 12 bytes of 6-bit group scales and minima, 128 bytes: byte 32p + l
   * holds element 64p + l in its low and element 64p + 32 + l in its high half.
   */
  static void decodeQ4_K(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    float minimum = half(source, offset + 2);
    for (int group = 0; group < 8; group++) {
      float groupScale = scale * scaleOfGroup(source, offset + 4, group);
      float groupMinimum = minimum * minimumOfGroup(source, offset + 4, group);
      long quants = offset + 16 + 32L * (group / 2);
      int shift = 4 * (group % 2);
      for (int i = 0; i < 32; i++) {
        int q = (unsigned(source, quants + i) >> shift) & 15;
        target[at + 32 * group + i] = groupScale * q - groupMinimum;
      }
    }
  }

  /** As Q4_K, with 32 bytes of fifth bits (bit e / 32 of byte e % 32) before the low bits. */
  static void decodeQ5_K(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    float minimum = half(source, offset + 2);
    for (int group = 0; group < 8; group++) {
      float groupScale = scale * scaleOfGroup(source, offset + 4, group);
      float groupMinimum = minimum * minimumOfGroup(source, offset + 4, group);
      long quants = offset + 48 + 32L * (group / 2);
      int shift = 4 * (group % 2);
      for (int i = 0; i < 32; i++) {
        int low = (unsigned(source, quants + i) >> shift) & 15;
        int fifth = (unsigned(source, offset + 16 + i) >> group) & 1;
        target[at + 32 * group + i] = groupScale * (low | (fifth << 4)) - groupMinimum;
      }
    }
  }

  /**
   * 6-bit scale of groups 0 to 3: byte group; of 4 to 7: low half of byte group + 4, upper bits
   * above byte group - 4.
   */
  private static int scaleOfGroup(MemorySegment source, long packed, int group) {
    return group < 4
        ? unsigned(source, packed + group) & 63
        : (unsigned(source, packed + group + 4) & 15)
            | (unsigned(source, packed + group - 4) >> 6 << 4);
  }

  /**
   * 6-bit minimum of groups 0 to 3: byte group + 4; of 4 to 7: high half of byte group + 4, upper
   * bits above byte group.
   */
  private static int minimumOfGroup(MemorySegment source, long packed, int group) {
    return group < 4
        ? unsigned(source, packed + group + 4) & 63
        : (unsigned(source, packed + group + 4) >> 4)
            | (unsigned(source, packed + group) >> 6 << 4);
  }

  /**
   * 128 bytes of low four bits, 64 bytes of upper two bits, 16 signed group scales, scale f16;
   * integers 0..63 minus 32. In each half h of 128 elements: element 32p + l has its low bits in
   * byte 64h + 32 (p % 2) + l, half p / 2, and its upper bits at bit 2p of byte 32h + l.
   */
  static void decodeQ6_K(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset + 208);
    for (int group = 0; group < SIZE / 16; group++) {
      float groupScale = scale * signed(source, offset + 192 + group);
      int half = group / 8;
      int part = group % 8 / 2;
      int first = 16 * (group % 2);
      long lows = offset + 64L * half + 32L * (part % 2) + first;
      long highs = offset + 128 + 32L * half + first;
      for (int i = 0; i < 16; i++) {
        int low = (unsigned(source, lows + i) >> (4 * (part / 2))) & 15;
        int high = (unsigned(source, highs + i) >> (2 * part)) & 3;
        target[at + 16 * group + i] = groupScale * ((low | (high << 4)) - 32);
      }
    }
  }
}
