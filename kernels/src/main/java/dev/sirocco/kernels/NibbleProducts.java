package dev.sirocco.kernels;

import java.lang.foreign.MemorySegment;
import java.util.function.IntUnaryOperator;

/**
 * The inner loops of products of Q4_0 with {@link RoundedTokens}: as many neighbouring blocks as
 * fill a vector, a group, are multiplied together.
 *
 * <p>Each block takes four lanes of 32 bits, one for eight weights. A group's sums are exact
 * integers, and each lane adds one float for each group in ascending order, so a result is the same
 * bit for bit in {@link #single} and {@link #tile}.
 *
 * <p>The loops are written out: past some size the compiler inlines no method but the Vector API's.
 */
interface NibbleProducts {

  /**
   * The sign, exponent and fraction of a scale of 16 bits, in a float.
   *
   * <p>The bits are shifted into place without correcting the exponent: such a scale is 2^-112 of
   * what it stands for, which {@link RoundedTokens#SCALE} and {@link #UNSCALE} make up for. So a
   * scale of a damaged file counts as a number: infinity as 65536, NaN as more; and scales below
   * 6.1e-5 are subnormal, right but slower.
   */
  int SCALE_BITS = 0x8FFFE000;

  /** Makes up for {@link RoundedTokens#SCALE}, and for scales without their exponent's bias. */
  float UNSCALE = 0x1p112f / RoundedTokens.SCALE;

  /** Whether there are products of such rows. */
  static boolean supports(int columns) {
    return VectorWidth.BITS >= NibblePairs.BITS && columns % (NibblePairs.BLOCKS * 32) == 0;
  }

  /** Those of rows of {@code columns} elements, which {@link #supports} allows. */
  static NibbleProducts of(int columns) {
    return VectorWidth.BITS >= NibbleQuads.BITS && columns % (NibbleQuads.BLOCKS * 32) == 0
        ? NibbleQuads.INSTANCE
        : NibblePairs.INSTANCE;
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

  /** Blocks of a group. */
  int blocks();

  /** Rows of weights that {@link #single} computes together. */
  int rows();

  /** Tokens that {@link #tile} computes together, whose groups alternate. */
  int tokens();

  /** Of the arranged group's int i, nibble k is the weight of element {@code order[8 * i + k]}. */
  int[] order();

  /** Bytes of a group of weights. */
  default int bytes() {
    return 18 * blocks();
  }

  /** Floats that a (row, token) is summed in. */
  default int lanes() {
    return 4 * blocks();
  }

  /** Ints of an unpacked group: one half of nibbles, one of scales. */
  default int ints() {
    return 8 * blocks();
  }

  /**
   * Adds up whole rows' products with a single token.
   *
   * @param offsets where the rows begin in {@code data}
   * @param bytes of a row
   * @param x the token, packed by itself
   * @param sums receives the vector of row r at {@code r * lanes()}
   */
  void single(MemorySegment data, long[] offsets, int bytes, short[] x, float[] sums);

  /** Takes {@code groups} groups apart, from byte {@code from} of the weights on. */
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
