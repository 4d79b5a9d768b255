package dev.sirocco.kernels;

import java.util.function.IntUnaryOperator;

/**
 * Products of Q4_0: as many neighbouring blocks as fill a vector are a group.
 *
 * <p>Each block takes four lanes of 32 bits, one for eight weights. An int of the weights holds
 * eight nibbles n0 to n7, each a weight plus 8. Its four shifts by 0, 4, 8 and 12 bits, each taken
 * as two numbers of 16 bits, are n0 + 16 n1 + ..., n1 + 16 n2 + ... and so on. So with the token's
 * integers q0 to q7, the factor of shift k is q(k) - 16 q(k - 1), and the sum of the products,
 * modulo 2^16, is that of n(k) q(k): no nibble has to be masked out. The offset is -8 times the sum
 * of the q(k); then the sum is at most 64 * 511, which 16 bits hold.
 *
 * <p>A token's group lies in six vectors of shorts: four of factors, one of offsets and one of
 * scales, floats in two halves. Of the weights' unpacked group, the first half are nibbles, and the
 * second the scales of each lane, as floats' bits.
 */
interface NibbleProducts extends RoundedProducts {

  /**
   * The sign, exponent and fraction of a scale of 16 bits, in a float.
   *
   * <p>The bits are shifted into place without correcting the exponent: such a scale is 2^-112 of
   * what it stands for, which {@link #SCALE} and {@link #UNSCALE} make up for. So a scale of a
   * damaged file counts as a number: infinity as 65536, NaN as more; and scales below 6.1e-5 are
   * subnormal, right but slower.
   */
  int SCALE_BITS = 0x8FFFE000;

  /**
   * Tokens' scales are stored times this: elements from 1.4e17 on give results that are not finite.
   */
  float SCALE = 0x1p80f;

  /** Makes up for {@link #SCALE}, and for weights' scales without their exponent's bias. */
  float UNSCALE = 0x1p112f / SCALE;

  /** The sizes of a group of {@code blocks} blocks. */
  static Group group(int blocks) {
    return new Group(32 * blocks, 18 * blocks, 48 * blocks, 8 * blocks, 4 * blocks);
  }

  /**
   * The {@link #order} of a group. Of its block, word w holds the elements 2 w, 2 w + 16, 2 w + 1
   * and 2 w + 17.
   *
   * @param words which word of 16 bits, of the eight of each block, comes at a place
   */
  static int[] order(int blocks, IntUnaryOperator words) {
    int[] order = new int[32 * blocks];
    for (int place = 0; place < 8 * blocks; place++) {
      int word = words.applyAsInt(place);
      for (int k = 0; k < 4; k++) {
        order[4 * place + k] = word / 8 * 32 + 2 * (word % 8) + k / 2 + k % 2 * 16;
      }
    }
    return order;
  }

  /** Of the arranged group's int i, nibble k is the weight of element {@code order[8 * i + k]}. */
  int[] order();

  @Override
  default int tokens() {
    return 3;
  }

  @Override
  default void pack(int[] rounded, float[] scales, short[] packed, int to) {
    int[] order = order();
    int lanes = group().lanes();
    int vector = 2 * lanes;
    for (int lane = 0; lane < lanes; lane++) {
      int at = to + 2 * lane;
      int sum = 0;
      int last = 0;
      for (int k = 0; k < 8; k++) {
        int q = rounded[order[8 * lane + k]];
        packed[at + k % 4 * vector + k / 4] = (short) (q - 16 * last);
        sum += q;
        last = q;
      }
      packed[at + 4 * vector] = (short) (-8 * sum);
      packed[at + 4 * vector + 1] = 0;
      RoundedTokens.store(scales[lane / 4] * SCALE, packed, at + 5 * vector);
    }
  }
}
