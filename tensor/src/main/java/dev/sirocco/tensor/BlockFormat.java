package dev.sirocco.tensor;

import java.lang.foreign.MemorySegment;

/** Decodes one block of a quantised type. */
@FunctionalInterface
interface BlockFormat {

  /**
   * Writes the elements of the block at byte {@code offset} to {@code target}, from index {@code
   * at} on.
   */
  void decode(MemorySegment source, long offset, float[] target, int at);

  /** The decoder of a quantised type. */
  static BlockFormat of(DType type) {
    return switch (type) {
      case Q4_0 -> SmallBlocks::decodeQ4_0;
      case Q4_1 -> SmallBlocks::decodeQ4_1;
      case Q5_0 -> SmallBlocks::decodeQ5_0;
      case Q5_1 -> SmallBlocks::decodeQ5_1;
      case Q8_0 -> SmallBlocks::decodeQ8_0;
      case Q2_K -> SuperBlocks::decodeQ2_K;
      case Q3_K -> SuperBlocks::decodeQ3_K;
      case Q4_K -> SuperBlocks::decodeQ4_K;
      case Q5_K -> SuperBlocks::decodeQ5_K;
      case Q6_K -> SuperBlocks::decodeQ6_K;
      case IQ4_NL -> CodebookBlocks::decodeIQ4_NL;
      case IQ4_XS -> CodebookBlocks::decodeIQ4_XS;
      case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
    };
  }
}
