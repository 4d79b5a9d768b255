package dev.sirocco.kernels;

/**
 * Products of Q4_K, whose layout is described at {@code dev.sirocco.tensor.SuperBlocks}: a block of
 * 256 elements is a group.
 *
 * <p>The 128 bytes of two weights are met as ints of four bytes, first by their lower nibbles, n0
 * to n3, whose elements are neighbours, and then by their upper ones. Masked nibbles and the same
 * shifted by 8 bits, each taken as two numbers of 16 bits, are n0 + 256 n1, n2 + 256 n3, n1 + 256
 * n2 and n3. So with the token's integers q0 to q3 the factors are q0, q2 - 256 q1, q1 - 256 q0 and
 * q3 - 256 q2, and the sum of the products, modulo 2^16, is that of n(k) q(k): at most 60 * 511,
 * which 16 bits hold.
 *
 * <p>What is subtracted from the weights of each 32 elements, times the sum of their integers, is
 * added once for a block.
 *
 * <p>A token's group lies in 256 shorts of factors, in the order in which they are used; then, as
 * floats in two halves, the scales of the eight times 32 elements, and the negated sums of their
 * integers. With vectors of 512 bits, which hold a block's scales in eight lanes and its minima in
 * the other eight, the scales come twice, and the sums after eight zeros.
 */
interface SuperBlockProducts extends RoundedProducts {

  /** Elements of a block that share a scale and a minimum. */
  int PART = 32;

  /** Parts of a block. */
  int PARTS = 8;

  /** Shorts of factors of a group. */
  int FACTORS = PART * PARTS;

  /** The sizes of a group with vectors of {@code lanes} floats. */
  static Group group(int lanes) {
    return new Group(FACTORS, 144, FACTORS + 4 * lanes, 80, lanes);
  }

  @Override
  default void pack(int[] rounded, float[] scales, short[] packed, int to) {
    int lanes = group().lanes();
    for (int nibble = 0; nibble < FACTORS; nibble += 4) {
      int lane = nibble / 4 % lanes;
      int half = nibble / 4 / lanes;
      int bytes = half / 2 * 4 * lanes + 4 * lane;
      int element = bytes / PART * 2 * PART + half % 2 * PART + bytes % PART;
      int at = to + half * 4 * lanes + 2 * lane;
      packed[at] = (short) rounded[element];
      packed[at + 1] = (short) (rounded[element + 2] - 256 * rounded[element + 1]);
      packed[at + 2 * lanes] = (short) (rounded[element + 1] - 256 * rounded[element]);
      packed[at + 2 * lanes + 1] = (short) (rounded[element + 3] - 256 * rounded[element + 2]);
    }
    for (int lane = 0; lane < lanes; lane++) {
      int part = lane % PARTS;
      boolean minimum = lane >= lanes - PARTS;
      int at = to + FACTORS + 2 * lane;
      RoundedTokens.store(scales[part], packed, at);
      RoundedTokens.store(minimum ? -sum(rounded, part) : 0, packed, at + 2 * lanes);
    }
  }

  private static int sum(int[] rounded, int part) {
    int sum = 0;
    for (int i = part * PART; i < (part + 1) * PART; i++) {
      sum += rounded[i];
    }
    return sum;
  }
}
