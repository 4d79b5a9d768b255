package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Seeded weights and activations for comparing kernels. */
final class SampleData {

  private final Arena arena;
  private final Random random;

  SampleData(Arena arena, long seed) {
    this.arena = arena;
    this.random = new Random(seed);
  }

  /** Activations from a normal distribution. */
  FloatMatrix activations(int rows, int columns) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  /** Weights with arbitrary codes and finite scales of either sign, at an odd address. */
  Tensor weights(DType type, int rows, int columns) {
    long bytes = rows * type.bytes(columns);
    MemorySegment data = arena.allocate(bytes + 1).asSlice(1);
    for (long i = 0; i < bytes; i++) {
      data.set(JAVA_BYTE, i, (byte) random.nextInt());
    }
    for (long block = 0; block < bytes; block += type.blockBytes()) {
      for (int scale : scaleOffsets(type)) {
        float value = (float) random.nextGaussian() / 64;
        switch (type) {
          case F32 -> data.set(JAVA_FLOAT_UNALIGNED, block, value);
          case BF16 ->
              data.set(JAVA_SHORT_UNALIGNED, block, (short) (Float.floatToRawIntBits(value) >> 16));
          default -> data.set(JAVA_SHORT_UNALIGNED, block + scale, Float.floatToFloat16(value));
        }
      }
    }
    return Tensor.matrix(type + " weights", type, rows, columns, data);
  }

  private static int[] scaleOffsets(DType type) {
    return switch (type) {
      case F32, F16, BF16, Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS -> new int[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
      case Q2_K -> new int[] {80, 82};
      case Q3_K -> new int[] {108};
      case Q6_K -> new int[] {208};
    };
  }
}
