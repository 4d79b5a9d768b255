package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Takes one quantised block apart: a signed byte for each element, and a scale and a minimum for
 * each group of elements, such that element = scale * code - minimum.
 */
@FunctionalInterface
interface BlockCodes {

  /** Most elements of a block. */
  int MOST_ELEMENTS = 256;

  /**
   * Writes the codes of the block at byte {@code offset}, and the scales and minima of its groups.
   */
  void unpack(MemorySegment source, long offset, Unpacked target);

  /** The unpacker of a quantised type. */
  static BlockCodes of(DType type) {
    return switch (type) {
      case Q4_0 -> SmallBlockCodes::unpackQ4_0;
      case Q4_1 -> SmallBlockCodes::unpackQ4_1;
      case Q5_0 -> SmallBlockCodes::unpackQ5_0;
      case Q5_1 -> SmallBlockCodes::unpackQ5_1;
      case Q8_0 -> SmallBlockCodes::unpackQ8_0;
      case IQ4_NL -> SmallBlockCodes::unpackIQ4_NL;
      case IQ4_XS -> SuperBlockCodes::unpackIQ4_XS;
      case Q2_K -> SuperBlockCodes::unpackQ2_K;
      case Q3_K -> SuperBlockCodes::unpackQ3_K;
      case Q4_K -> SuperBlockCodes::unpackQ4_K;
      case Q5_K -> SuperBlockCodes::unpackQ5_K;
      case Q6_K -> SuperBlockCodes::unpackQ6_K;
      case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
    };
  }

  /** Elements that share a scale. */
  static int groupSize(DType type) {
    return switch (type) {
      case Q2_K, Q3_K, Q6_K -> 16;
      default -> 32;
    };
  }

  /** Room for the parts of one block. */
  final class Unpacked {
    final byte[] codes = new byte[MOST_ELEMENTS];
    final float[] scales = new float[MOST_ELEMENTS / 16];
    final float[] minima = new float[MOST_ELEMENTS / 16];
  }
}
