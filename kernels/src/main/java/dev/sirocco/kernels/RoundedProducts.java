package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * The inner loops of products of quantised weights with {@link RoundedTokens}, for one type of
 * weights and one width of vectors.
 *
 * <p>A group of neighbouring elements is multiplied together. Its sums are exact integers, and each
 * lane adds the same floats in the same order in {@link #single} and in {@link #tile}: a result is
 * the same bit for bit.
 *
 * <p>The loops are written out: past some size the compiler inlines no method but the Vector API's.
 * Only what comes first in a loop can be a method.
 */
interface RoundedProducts {

  /**
   * The sizes of a group.
   *
   * @param elements of a row, whole blocks of {@link RoundedTokens#BLOCK}
   * @param bytes of weights
   * @param shorts of a packed token's group
   * @param ints of unpacked weights
   * @param lanes floats that a (row, token) is summed in
   */
  record Group(int elements, int bytes, int shorts, int ints, int lanes) {}

  /** Narrower vectors have no products with rounded tokens. */
  int LEAST_BITS = 256;

  /** Times this, the upper half of an integer is the sum of both halves. */
  int BOTH_HALVES = 0x10001;

  /** Whether there are products of rows of {@code columns} such weights, at this vector width. */
  static boolean supports(DType type, int columns) {
    return VectorWidth.BITS >= LEAST_BITS
        && switch (type) {
          case Q4_0 -> columns % NibblePairs.INSTANCE.group().elements() == 0;
          case Q4_K -> true;
          default -> false;
        };
  }

  /**
   * Those of such a matrix.
   *
   * @throws IllegalArgumentException if it is none that {@link #supports} allows
   */
  static RoundedProducts of(Tensor w) {
    if (!supports(w.dtype(), w.columns())) {
      throw new IllegalArgumentException("no products of %s with rounded tokens".formatted(w));
    }
    boolean wide = VectorWidth.BITS == 512;
    if (w.dtype() == DType.Q4_K) {
      return wide ? SuperBlockHalves.INSTANCE : SuperBlockQuarters.INSTANCE;
    }
    return wide && w.columns() % NibbleQuads.INSTANCE.group().elements() == 0
        ? NibbleQuads.INSTANCE
        : NibblePairs.INSTANCE;
  }

  /** The sizes of a group. */
  Group group();

  /** Rows of weights that {@link #single} computes together. */
  int rows();

  /** Tokens that {@link #tile} computes together, whose groups alternate. */
  int tokens();

  /**
   * Packs a group of a token.
   *
   * @param rounded integers from -{@link RoundedTokens#LARGEST} to {@link RoundedTokens#LARGEST},
   *     or any where the block's scale is not finite
   * @param scales what those of each block are multiplied by
   * @param packed receives {@code group().shorts()} from {@code to} on
   */
  void pack(int[] rounded, float[] scales, short[] packed, int to);

  /**
   * Adds up whole rows' products with a single token.
   *
   * @param offsets where the rows begin in {@code data}
   * @param bytes of a row
   * @param x the token, packed by itself
   * @param sums receives the vector of row r at {@code r * lanes}
   */
  void single(MemorySegment data, long[] offsets, int bytes, short[] x, float[] sums);

  /**
   * Takes {@code groups} groups apart, from byte {@code from} of the weights on.
   *
   * @param target receives the ints of one group after the other from {@code at} on
   */
  void unpack(MemorySegment data, long from, int groups, int[] target, int at);

  /**
   * Adds products of a row with {@link #tokens} tokens.
   *
   * @param w unpacked groups, the first at {@code wAt}
   * @param x tokens, their first group at {@code xAt}
   * @param sums goes on with the vector of token t at {@code at + t * next}
   */
  void tile(int[] w, int wAt, int groups, short[] x, int xAt, float[] sums, int at, int next);

  /** The result of a (row, token) whose vector is at {@code at}. */
  float sum(float[] sums, int at);
}
