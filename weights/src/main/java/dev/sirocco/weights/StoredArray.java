package dev.sirocco.weights;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * An array in a safetensors file, of any element type that the format knows.
 *
 * @param file where it lies, for messages
 * @param name its name in the file
 * @param dtype the format's name of the element type, such as {@code F32} or {@code I64}
 * @param shape dimensions, contiguous one last; empty for a single value
 * @param data exactly its bytes, valid until the file is closed
 */
public record StoredArray(
    Path file, String name, String dtype, List<Long> shape, MemorySegment data) {

  public StoredArray {
    shape = List.copyOf(shape);
  }

  /**
   * The array as weights.
   *
   * @throws ModelFormatException if the element type is not F32, F16 or BF16, or it has no elements
   */
  public Tensor tensor() {
    DType type =
        switch (dtype) {
          case "F32" -> DType.F32;
          case "F16" -> DType.F16;
          case "BF16" -> DType.BF16;
          default ->
              throw new ModelFormatException(
                  "%s: tensor %s has type %s, but weights must be F32, F16 or BF16; convert the model"
                      .formatted(file, name, dtype));
        };
    try {
      return new Tensor(name, type, shape, data);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * A copy of an array of 64-bit integers.
   *
   * @throws ModelFormatException if the element type is not I64, or there are more than fit a Java
   *     array
   */
  public long[] integers() {
    if (!dtype.equals("I64") || data.byteSize() > 8L * Integer.MAX_VALUE) {
      throw new ModelFormatException(
          "%s: %s must be I64 with fewer than 2^31 elements, but is %s %s"
              .formatted(file, name, dtype, shape));
    }
    return data.toArray(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }
}
