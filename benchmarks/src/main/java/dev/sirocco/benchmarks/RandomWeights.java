package dev.sirocco.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded weights with finite values. */
final class RandomWeights {

  private RandomWeights() {}

  /**
   * Several matrices of one shape, [rows, columns].
   *
   * @param arena owns the memory
   */
  static List<Tensor> matrices(Arena arena, DType type, int rows, int columns, long count) {
    List<Tensor> weights = new ArrayList<>();
    long bytes = rows * type.bytes(columns);
    Random random = new Random(1);
    byte[] pattern = new byte[1 << 16];
    for (int i = 0; i < count; i++) {
      MemorySegment data = arena.allocate(bytes, 64);
      for (long at = 0; at < bytes; at += pattern.length) {
        random.nextBytes(pattern);
        int part = (int) Math.min(pattern.length, bytes - at);
        MemorySegment.copy(pattern, 0, data, JAVA_BYTE, at, part);
      }
      tameScales(data, type);
      weights.add(Tensor.matrix("w" + i, type, rows, columns, data));
    }
    return weights;
  }

  /** Replaces scales, which random bytes would make infinite, so that sums stay finite. */
  private static void tameScales(MemorySegment data, DType type) {
    int[] offsets =
        switch (type) {
          case F32 -> new int[] {2};
          case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
          case Q2_K -> new int[] {80, 82};
          case Q3_K -> new int[] {108};
          case Q6_K -> new int[] {208};
          default -> new int[] {0};
        };
    short small = type == DType.F32 || type == DType.BF16 ? (short) 0x3C00 : (short) 0x1C00;
    for (long block = 0; block < data.byteSize(); block += type.blockBytes()) {
      for (int offset : offsets) {
        data.set(JAVA_SHORT_UNALIGNED, block + offset, small);
      }
    }
  }
}
