package dev.sirocco.tensor;

import static dev.sirocco.tensor.Dequantizer.SHORT;
import static dev.sirocco.tensor.Dequantizer.half;
import static dev.sirocco.tensor.Dequantizer.unsigned;

import java.lang.foreign.MemorySegment;

/** Blocks whose 4-bit integers index a table of 16 unevenly spaced values. */
final class CodebookBlocks {

  private static final int[] VALUES = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private CodebookBlocks() {}

  /** scale f16, 16 bytes: byte i holds element i in its low and element i + 16 in its high half. */
  static void decodeIQ4_NL(MemorySegment source, long offset, float[] target, int at) {
    decodeGroup(source, offset + 2, half(source, offset), target, at);
  }

  /**
   * 256 elements in 8 groups of 32: scale f16, upper two bits of the group scales (16 bits), their
   * low four bits (4 bytes), 128 bytes of integers; group scales are 0..63 minus 32.
   */
  static void decodeIQ4_XS(MemorySegment source, long offset, float[] target, int at) {
    float scale = half(source, offset);
    int highs = source.get(SHORT, offset + 2);
    for (int group = 0; group < 8; group++) {
      int low = (unsigned(source, offset + 4 + group / 2) >> (4 * (group % 2))) & 15;
      int high = (highs >> (2 * group)) & 3;
      float groupScale = scale * ((low | (high << 4)) - 32);
      decodeGroup(source, offset + 8 + 16L * group, groupScale, target, at + 32 * group);
    }
  }

  private static void decodeGroup(
      MemorySegment source, long quants, float scale, float[] target, int at) {
    for (int i = 0; i < 16; i++) {
      int pair = unsigned(source, quants + i);
      target[at + i] = scale * VALUES[pair & 15];
      target[at + 16 + i] = scale * VALUES[pair >> 4];
    }
  }
}
