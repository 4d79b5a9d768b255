package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Keys or values of many positions: rows of {@code nKvHeads * headDim} elements, in F32 or F16,
 * outside the Java heap.
 *
 * @param dtype {@link DType#F32} or {@link DType#F16}
 * @param data the rows, one after the other
 * @param rows number of rows
 * @param rowLength elements of a row: {@code nKvHeads * headDim}
 */
public record KvRows(DType dtype, MemorySegment data, int rows, int rowLength) {

  /**
   * @throws IllegalArgumentException if the type is neither F32 nor F16, or {@code data} has
   *     another size
   */
  public KvRows {
    if (dtype != DType.F32 && dtype != DType.F16) {
      throw new IllegalArgumentException("keys and values are kept in F32 or F16, not " + dtype);
    }
    if (data.byteSize() != (long) rows * rowLength * dtype.blockBytes()) {
      throw new IllegalArgumentException(
          "%d rows of %d %s elements do not take %d bytes"
              .formatted(rows, rowLength, dtype, data.byteSize()));
    }
  }

  /** Zeroed rows that live as long as {@code arena}. */
  public static KvRows allocate(Arena arena, DType dtype, int rows, int rowLength) {
    return new KvRows(
        dtype, arena.allocate((long) rows * rowLength * dtype.blockBytes(), 64), rows, rowLength);
  }

  /** Bytes of one row. */
  public long rowBytes() {
    return (long) rowLength * dtype.blockBytes();
  }
}
