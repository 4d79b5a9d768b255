package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of Q4_K, whose layout is described at {@code dev.sirocco.tensor.SuperBlocks}: a block of
 * 256 elements is a group.
 *
 * <p>The 128 bytes, of two weights each, are met as ints of four bytes, first by their lower
 * nibbles, n0 to n3, whose elements are neighbours, and then by their upper ones. Masked nibbles
 * and the same shifted by 8 bits, each taken as two numbers of 16 bits, are n0 + 256 n1, n2 + 256
 * n3, n1 + 256 n2 and n3. So with the token's integers q0 to q3 the factors are q0, q2 - 256 q1, q1
 * - 256 q0 and q3 - 256 q2, and the sum of the products, modulo 2^16, is that of n(k) q(k): at most
 * 60 * 511, which 16 bits hold.
 *
 * <p>What is subtracted from the weights of each 32 elements comes in once for a block, as the
 * product with the negated sum of the token's integers.
 *
 * <p>A token's group lies in 256 shorts of factors, in the order in which they are used; then, as
 * floats in two halves, the scales of the eight times 32 elements, and the negated sums of their
 * integers. With vectors of 512 bits, which hold a block's scales in eight lanes and its minima in
 * the other eight, the scales come twice, and the sums after eight zeros. The weights' unpacked
 * group has the scales and the minima of the eight parts, as floats' bits, and then the masked
 * nibbles as they are met.
 */
interface SuperBlockProducts extends RoundedProducts {

  /** Elements of a block that share a scale and a minimum. */
  int PART = 32;

  /** Parts of a block. */
  int PARTS = 8;

  /** Shorts of factors of a group. */
  int FACTORS = PART * PARTS;

  /** Masks the lower nibbles of an int. */
  int NIBBLES = 0x0F0F0F0F;

  /** The sizes of a group with vectors of {@code lanes} floats. */
  static Group group(int lanes) {
    int unpacked = 2 * PARTS + FACTORS / 4;
    return new Group(FACTORS, DType.Q4_K.blockBytes(), FACTORS + 4 * lanes, unpacked, lanes);
  }

  /** A vector whose lane i holds {@code value} of i. */
  static IntVector ints(VectorSpecies<Integer> species, IntUnaryOperator value) {
    int[] values = new int[species.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value.applyAsInt(i);
    }
    return IntVector.fromArray(species, values, 0);
  }

  @Override
  default int rows() {
    return 2;
  }

  @Override
  default void pack(int[] rounded, float[] scales, short[] packed, int to) {
    int lanes = group().lanes();
    for (int four = 0; four < FACTORS / 4; four++) {
      int lane = four % lanes;
      int vector = four / lanes;
      int byteAt = vector / 2 * 4 * lanes + 4 * lane;
      int element = byteAt / PART * 2 * PART + vector % 2 * PART + byteAt % PART;
      int at = to + vector * 4 * lanes + 2 * lane;
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

  @Override
  default float sum(float[] sums, int at) {
    return VectorMath.sum(FloatVector.fromArray(VectorWidth.FLOATS, sums, at));
  }

  private static int sum(int[] rounded, int part) {
    int sum = 0;
    for (int i = part * PART; i < (part + 1) * PART; i++) {
      sum += rounded[i];
    }
    return sum;
  }
}
