package dev.sirocco.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Stored elements to floats: the definition of what every {@link DType} means.
 *
 * <p>Values are bit-equal to the formats' own definition, including the order in which scales and
 * integers are multiplied. Thread-safe; allocates nothing.
 */
public final class Dequantizer {

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Dequantizer() {}

  /**
   * Writes {@code count} elements as floats.
   *
   * @param type format of the source
   * @param source stored elements
   * @param byteOffset where in {@code source} the first block begins
   * @param target receives the values
   * @param targetOffset index of the first value in {@code target}
   * @param count number of elements, whole blocks
   * @throws IllegalArgumentException if {@code count} is not a number of whole blocks
   * @throws IndexOutOfBoundsException if source or target is too small
   */
  public static void dequantize(
      DType type,
      MemorySegment source,
      long byteOffset,
      float[] target,
      int targetOffset,
      int count) {
    long bytes = type.bytes(count);
    switch (type) {
      case F32 -> MemorySegment.copy(source, FLOAT, byteOffset, target, targetOffset, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target[targetOffset + i] = half(source, byteOffset + 2L * i);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          target[targetOffset + i] = bfloat16ToFloat(source.get(SHORT, byteOffset + 2L * i));
        }
      }
      default -> {
        BlockFormat format = BlockFormat.of(type);
        int at = targetOffset;
        for (long block = 0; block < bytes; block += type.blockBytes()) {
          format.decode(source, byteOffset + block, target, at);
          at += type.blockSize();
        }
      }
    }
  }

  /** The float whose upper half is the given bfloat16. */
  public static float bfloat16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The half-precision number at {@code offset}. */
  static float half(MemorySegment source, long offset) {
    return Float.float16ToFloat(source.get(SHORT, offset));
  }

  /** The byte at {@code offset} as 0 to 255. */
  static int unsigned(MemorySegment source, long offset) {
    return source.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
  }

  /** The byte at {@code offset} as -128 to 127. */
  static int signed(MemorySegment source, long offset) {
    return source.get(ValueLayout.JAVA_BYTE, offset);
  }
}
