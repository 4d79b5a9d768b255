package dev.sirocco.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A named, immutable view of stored weights: shape, number format and memory, usually a part of a
 * mapped file.
 *
 * <p>Shapes are row-major with the contiguous dimension last: a weight matrix that maps {@code in}
 * to {@code out} elements has shape {@code [out, in]}. The memory belongs to whoever opened the
 * file; a tensor is valid until that is closed, and may be read by any thread.
 *
 * @param name the name by which messages speak of it
 * @param dtype format of the elements
 * @param shape dimensions, each at least 1
 * @param data exactly the bytes of the elements
 */
public record Tensor(String name, DType dtype, List<Long> shape, MemorySegment data) {

  /**
   * @throws IllegalArgumentException if a dimension is below 1, rows are not whole blocks, or
   *     {@code data} has another size than the shape asks for
   */
  public Tensor {
    shape = List.copyOf(shape);
    long expected = byteSize(name, dtype, shape);
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "tensor %s: %s %s takes %d bytes, but %d are given"
              .formatted(name, dtype, shape, expected, data.byteSize()));
    }
  }

  /** A two-dimensional tensor {@code [rows, columns]}. */
  public static Tensor matrix(
      String name, DType dtype, long rows, long columns, MemorySegment data) {
    return new Tensor(name, dtype, List.of(rows, columns), data);
  }

  /**
   * Bytes that a tensor takes.
   *
   * @throws IllegalArgumentException if a dimension is below 1, the size overflows, or rows are not
   *     whole blocks
   */
  public static long byteSize(String name, DType dtype, List<Long> shape) {
    if (shape.isEmpty() || shape.stream().anyMatch(d -> d < 1)) {
      throw new IllegalArgumentException(
          "tensor %s: shape %s has a dimension below 1".formatted(name, shape));
    }
    if (shape.getLast() % dtype.blockSize() != 0) {
      throw new IllegalArgumentException(
          "tensor %s: rows of %d elements are not whole %s blocks of %d"
              .formatted(name, shape.getLast(), dtype, dtype.blockSize()));
    }
    try {
      return dtype.bytes(shape.stream().reduce(1L, Math::multiplyExact));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "tensor %s: shape %s has more elements than memory can address".formatted(name, shape),
          e);
    }
  }

  /** Number of elements. */
  public long elements() {
    long product = 1;
    for (long dimension : shape) {
      product *= dimension;
    }
    return product;
  }

  /** Product of all dimensions but the last; for a weight matrix, the number of outputs. */
  public int rows() {
    return Math.toIntExact(elements() / shape.getLast());
  }

  /** The contiguous dimension; for a weight matrix, the number of inputs. */
  public int columns() {
    return Math.toIntExact(shape.getLast());
  }

  /** Bytes of one row. */
  public long rowBytes() {
    return dtype.bytes(shape.getLast());
  }

  /**
   * The {@code index}-th part along the first dimension, without copying: of {@code [E, out, in]}
   * the matrix {@code [out, in]}.
   *
   * @throws IndexOutOfBoundsException if {@code index} is not below the first dimension
   */
  public Tensor part(long index, String partName) {
    long size = data.byteSize() / shape.getFirst();
    return new Tensor(
        partName, dtype, shape.subList(1, shape.size()), data.asSlice(index * size, size));
  }

  /** A readable shape for messages, such as {@code F16 [4096, 14336]}. */
  public String describe() {
    return dtype
        + " "
        + shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
  }

  /** Whether the shape is the given one. */
  public boolean hasShape(long... dimensions) {
    return Arrays.stream(dimensions).boxed().toList().equals(shape);
  }

  @Override
  public String toString() {
    return name + " " + describe();
  }
}
