package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.LANES;

import dev.sirocco.tensor.DType;

/**
 * The order in which a product meets the elements of weights and tokens: both are unpacked in it,
 * so that a sum has the same order however it is computed.
 */
enum ElementOrder {

  /** Lane l of the vectors of a row holds the elements l, l + lanes, l + 2 lanes, and so on. */
  NATURAL,

  /**
   * Of each 32 elements, lane l holds the four from 4l on: 32 bytes in memory, taken as 8 integers,
   * become four vectors by shifts and masks, where widening bytes costs the CPU more.
   */
  FOURS;

  /** Elements that are ordered among themselves. */
  static final int GROUP = 32;

  /** The order for weights of a type. */
  static ElementOrder of(DType type) {
    return LANES == 8 && type == DType.Q8_0 ? FOURS : NATURAL;
  }

  /** Puts the elements {@code 0} to {@code count - 1}, whole groups, into this order. */
  void arrange(float[] natural, int count, float[] arranged) {
    for (int group = 0; group < count; group += GROUP) {
      for (int i = 0; i < GROUP; i++) {
        arranged[group + i] = natural[group + 4 * (i % LANES) + i / LANES];
      }
    }
  }
}
