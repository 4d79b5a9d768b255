package dev.sirocco.tensor;

import static dev.sirocco.tensor.Dequantizer.INT;
import static dev.sirocco.tensor.Dequantizer.half;
import static dev.sirocco.tensor.Dequantizer.signed;
import static dev.sirocco.tensor.Dequantizer.unsigned;

import java.lang.foreign.MemorySegment;

/**
 * Blocks of 32 elements with one scale, and perhaps an offset: element = scale * integer (+
 * offset).
 *
 * <p>Where integers have four low bits in {@code quants}, byte i holds element i in its low and
 * element i + 16 in its high half. A fifth bit of element i is bit i of a 32-bit word.
 */
final class SmallBlocks {

  private static final int HALF_BLOCK = 16;

  private SmallBlocks() {}

  /** scale f16, 16 bytes; integers 0..15 minus 8. */
  static void decodeQ4_0(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    for (int i = 0; i < HALF_BLOCK; i++) {
      int quants = unsigned(source, offset + 2 + i);
      target[at + i] = scale * ((quants & 15) - 8);
      target[at + HALF_BLOCK + i] = scale * ((quants >> 4) - 8);
    }
  }

  /** scale f16, offset f16, 16 bytes; integers 0..15. */
  static void decodeQ4_1(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    float shift = half(source, offset + 2);
    for (int i = 0; i < HALF_BLOCK; i++) {
      int quants = unsigned(source, offset + 4 + i);
      target[at + i] = scale * (quants & 15) + shift;
      target[at + HALF_BLOCK + i] = scale * (quants >> 4) + shift;
    }
  }

  /** scale f16, fifth bits, 16 bytes; integers 0..31 minus 16. */
  static void decodeQ5_0(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    int fifth = source.get(INT, offset + 2);
    for (int i = 0; i < HALF_BLOCK; i++) {
      int quants = unsigned(source, offset + 6 + i);
      target[at + i] = scale * (fiveBits(quants & 15, fifth, i) - 16);
      target[at + HALF_BLOCK + i] = scale * (fiveBits(quants >> 4, fifth, i + HALF_BLOCK) - 16);
    }
  }

  /** scale f16, offset f16, fifth bits, 16 bytes; integers 0..31. */
  static void decodeQ5_1(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    float shift = half(source, offset + 2);
    int fifth = source.get(INT, offset + 4);
    for (int i = 0; i < HALF_BLOCK; i++) {
      int quants = unsigned(source, offset + 8 + i);
      target[at + i] = scale * fiveBits(quants & 15, fifth, i) + shift;
      target[at + HALF_BLOCK + i] = scale * fiveBits(quants >> 4, fifth, i + HALF_BLOCK) + shift;
    }
  }

  /** scale f16, 32 signed bytes. */
  static void decodeQ8_0(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    for (int i = 0; i < 2 * HALF_BLOCK; i++) {
      target[at + i] = signed(source, offset + 2 + i) * scale;
    }
  }

  private static int fiveBits(int low, int fifth, int element) {
    return low | (((fifth >>> element) & 1) << 4);
  }
}
