package dev.sirocco.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Activations: a dense row-major matrix of 32-bit floats outside the Java heap, one row per token.
 *
 * <p>Mutable, and not synchronised: whoever writes rows owns them. Valid until the arena that
 * allocated it closes.
 *
 * @param data the elements, row after row, aligned to 64 bytes when made by {@link #allocate}
 * @param rows number of rows, 0 or more
 * @param columns elements of a row, at least 1
 */
public record FloatMatrix(MemorySegment data, int rows, int columns) {

  /**
   * @throws IllegalArgumentException if a dimension is out of range or {@code data} has another
   *     size
   */
  public FloatMatrix {
    if (rows < 0 || columns < 1 || data.byteSize() != 4L * rows * columns) {
      throw new IllegalArgumentException(
          "a float matrix of %d x %d takes %d bytes, but %d are given"
              .formatted(rows, columns, 4L * rows * columns, data.byteSize()));
    }
  }

  /** A zeroed matrix that lives as long as {@code arena}. */
  public static FloatMatrix allocate(Arena arena, int rows, int columns) {
    return new FloatMatrix(arena.allocate(4L * rows * columns, 64), rows, columns);
  }

  /** A copy of {@code rows}, all of one length, that lives as long as {@code arena}. */
  public static FloatMatrix of(Arena arena, float[]... rows) {
    FloatMatrix matrix = allocate(arena, rows.length, rows[0].length);
    for (int r = 0; r < rows.length; r++) {
      MemorySegment.copy(rows[r], 0, matrix.data, JAVA_FLOAT, matrix.offset(r), matrix.columns);
    }
    return matrix;
  }

  /** Byte offset of a row in {@link #data()}. */
  public long offset(int row) {
    return 4L * row * columns;
  }

  /** The element at ({@code row}, {@code column}). */
  public float get(int row, int column) {
    return data.get(JAVA_FLOAT, offset(row) + 4L * column);
  }

  /** Sets the element at ({@code row}, {@code column}). */
  public void set(int row, int column, float value) {
    data.set(JAVA_FLOAT, offset(row) + 4L * column, value);
  }

  /** The rows {@code first} to {@code first + count - 1}, without copying. */
  public FloatMatrix rows(int first, int count) {
    return new FloatMatrix(data.asSlice(offset(first), 4L * count * columns), count, columns);
  }

  /** A copy of one row on the heap. */
  public float[] row(int row) {
    float[] values = new float[columns];
    MemorySegment.copy(data, JAVA_FLOAT, offset(row), values, 0, columns);
    return values;
  }
}
