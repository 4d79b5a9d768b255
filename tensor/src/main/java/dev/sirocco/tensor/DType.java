package dev.sirocco.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Number formats of stored weights: plain floats, and the block formats of GGUF files.
 *
 * <p>A block format stores {@link #blockSize()} consecutive elements of a row in {@link
 * #blockBytes()} bytes: small integers with shared scales. Rows always consist of whole blocks.
 * {@link Dequantizer} defines the value of every element.
 */
public enum DType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  Q4_0(2, 32, 18),
  Q4_1(3, 32, 20),
  Q5_0(6, 32, 22),
  Q5_1(7, 32, 24),
  Q8_0(8, 32, 34),
  Q2_K(10, 256, 84),
  Q3_K(11, 256, 110),
  Q4_K(12, 256, 144),
  Q5_K(13, 256, 176),
  Q6_K(14, 256, 210),
  IQ4_NL(20, 32, 18),
  IQ4_XS(23, 256, 136),
  BF16(30, 1, 2);

  private final int ggufId;
  private final int blockSize;
  private final int blockBytes;

  DType(int ggufId, int blockSize, int blockBytes) {
    this.ggufId = ggufId;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /** The number of this type in a GGUF file's tensor table. */
  public int ggufId() {
    return ggufId;
  }

  /** Elements in a block; 1 for plain floats. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** Whether elements share scales in blocks. */
  public boolean isQuantised() {
    return blockSize > 1;
  }

  /**
   * Bytes that a row of {@code elements} takes.
   *
   * @throws IllegalArgumentException if {@code elements} is negative or not a multiple of the block
   *     size
   * @throws ArithmeticException if the result exceeds a long
   */
  public long bytes(long elements) {
    if (elements < 0 || elements % blockSize != 0) {
      throw new IllegalArgumentException(
          "a row of "
              + elements
              + " elements does not consist of whole "
              + this
              + " blocks of "
              + blockSize);
    }
    return Math.multiplyExact(elements / blockSize, (long) blockBytes);
  }

  /**
   * The type with the given number in a GGUF tensor table.
   *
   * @throws IllegalArgumentException if Sirocco does not read that type
   */
  public static DType ofGguf(int id) {
    for (DType type : values()) {
      if (type.ggufId == id) {
        return type;
      }
    }
    String known = Arrays.stream(values()).map(DType::name).collect(Collectors.joining(", "));
    throw new IllegalArgumentException("unknown tensor type " + id + "; Sirocco reads " + known);
  }
}
