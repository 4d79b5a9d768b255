package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tokens as integers from -511 to 511 with a scale for each 32 elements, arranged as what {@link
 * NibbleProducts} multiply weights of Q4_0 by.
 *
 * <p>A pair of blocks, 64 elements, lies in 96 shorts, six vectors of 16: four of factors, one of
 * offsets and one of scales, floats in two halves. An int of the weights holds eight nibbles n0 to
 * n7, each a weight plus 8. Its four shifts by 0, 4, 8 and 12 bits, each taken as two numbers of 16
 * bits, are n0 + 16 n1 + ..., n1 + 16 n2 + ... and so on. So with the token's integers q0 to q7,
 * the factor of shift k is q(k) - 16 q(k - 1), and the sum of the products, modulo 2^16, is that of
 * n(k) q(k): no nibble has to be masked out. The offset is -8 times the sum of the q(k); then the
 * sum is at most 64 * 511, which 16 bits hold.
 *
 * <p>In a batch the tokens of a group of {@link #SLOTS} alternate, pair by pair; a single token's
 * pairs lie {@link #SINGLE_STRIDE} apart.
 */
final class RoundedTokens {

  /** Elements of two blocks. */
  static final int PAIR = 64;

  /** Shorts of a token's pair. */
  static final int SHORTS = 96;

  /** Shorts from a single token's pair to its next: four for each byte of a pair of blocks. */
  static final int SINGLE_STRIDE = 144;

  /** The largest integer. */
  static final int LARGEST = 511;

  /** Tokens that alternate. */
  static final int SLOTS = 3;

  /** Scales are stored times this, which makes up for how weights' scales are read. */
  static final float SCALE = 0x1p80f;

  private static final int BLOCK = 32;
  private static final int OFFSETS = 64;
  private static final int SCALES = 80;

  /** Pairs that are packed together: the threads share a single token, too. */
  private static final int PIECE = 16;

  /** Added to a number below 2^22, this leaves the nearest integer in the lower bits. */
  private static final float TO_INTEGER = 0x1.8p23f;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  /** Of the pair's int i of weights, nibble k is of element {@code ORDER[8 * i + k]}. */
  private static final int[] ORDER = order();

  private short[] packed = new short[0];
  private final Scratch[] scratches;
  private int tokens;
  private int pairs;

  /** A thread's elements of a piece, and a pair's integers. */
  private static final class Scratch {
    final float[] elements = new float[PIECE * PAIR];
    final int[] rounded = new int[PAIR];
  }

  RoundedTokens(int threads) {
    scratches = new Scratch[threads];
    for (int i = 0; i < threads; i++) {
      scratches[i] = new Scratch();
    }
  }

  /**
   * The first block's words of 16 bits come in the order 1 to 7, 0, the second's from 0 on; a word
   * holds the elements 2 w, 2 w + 16, 2 w + 1 and 2 w + 17 of its block.
   */
  private static int[] order() {
    int[] order = new int[PAIR];
    for (int word = 0; word < 16; word++) {
      int block = word / 8 * BLOCK;
      int w = word < 8 ? (word + 1) % 8 : word - 8;
      for (int k = 0; k < 4; k++) {
        order[4 * word + k] = block + 2 * w + k / 2 + k % 2 * 16;
      }
    }
    return order;
  }

  /** The pairs; those of a token begin at {@link #at}. */
  short[] elements() {
    return packed;
  }

  /** Number of tokens. */
  int tokens() {
    return tokens;
  }

  /** Pairs of blocks in a row. */
  int pairs() {
    return pairs;
  }

  /** Where pair {@code pair} of {@code token} begins. */
  int at(int token, int pair) {
    return tokens == 1
        ? pair * SINGLE_STRIDE
        : (token / SLOTS * pairs + pair) * SLOTS * SHORTS + token % SLOTS * SHORTS;
  }

  /** Packs the rows {@code first} to {@code first + count - 1}, whose elements are whole pairs. */
  void pack(WorkerPool pool, FloatMatrix x, int first, int count) {
    tokens = count;
    pairs = x.columns() / PAIR;
    int groups = (count + SLOTS - 1) / SLOTS;
    int size =
        count == 1
            ? pairs * SINGLE_STRIDE
            : Math.multiplyExact(Math.multiplyExact(groups * SLOTS, pairs), SHORTS);
    if (packed.length < size) {
      packed = new short[size];
    }
    int pieces = (pairs + PIECE - 1) / PIECE;
    pool.run(
        Math.multiplyExact(count, pieces),
        count == 1 ? 1 : pieces,
        (worker, from, to) -> {
          for (int item = from; item < to; item++) {
            int token = item / pieces;
            packPiece(x, first + token, token, item % pieces * PIECE, scratches[worker]);
          }
        });
  }

  private void packPiece(FloatMatrix x, int rowOfX, int token, int firstPair, Scratch scratch) {
    int count = Math.min(PIECE, pairs - firstPair);
    long from = x.offset(rowOfX) + 4L * firstPair * PAIR;
    MemorySegment.copy(x.data(), JAVA_FLOAT, from, scratch.elements, 0, count * PAIR);
    for (int pair = 0; pair < count; pair++) {
      int to = at(token, firstPair + pair);
      for (int block = 0; block < 2; block++) {
        float scale = round(scratch, pair * PAIR + block * BLOCK, block * BLOCK);
        int bits = Float.floatToRawIntBits(scale * SCALE);
        for (int i = 4 * block; i < 4 * block + 4; i++) {
          packed[to + SCALES + 2 * i] = (short) bits;
          packed[to + SCALES + 2 * i + 1] = (short) (bits >> 16);
        }
      }
      factors(scratch.rounded, to);
    }
  }

  /**
   * Rounds a block's elements and returns their scale, which is not finite if one of them is not. A
   * block without an element of 6e-36 or more becomes zeros; elements from 1.4e17 on give results
   * that are not finite.
   */
  private static float round(Scratch scratch, int from, int to) {
    FloatVector a = FloatVector.fromArray(FLOATS, scratch.elements, from);
    FloatVector b = FloatVector.fromArray(FLOATS, scratch.elements, from + 8);
    FloatVector c = FloatVector.fromArray(FLOATS, scratch.elements, from + 16);
    FloatVector d = FloatVector.fromArray(FLOATS, scratch.elements, from + 24);
    FloatVector most = a.abs().max(b.abs()).max(c.abs().max(d.abs()));
    float largest = most.reduceLanes(VectorOperators.MAX);
    float inverse = largest >= Float.MIN_NORMAL * LARGEST ? LARGEST / largest : 0;
    integers(a.mul(inverse)).intoArray(scratch.rounded, to);
    integers(b.mul(inverse)).intoArray(scratch.rounded, to + 8);
    integers(c.mul(inverse)).intoArray(scratch.rounded, to + 16);
    integers(d.mul(inverse)).intoArray(scratch.rounded, to + 24);
    return largest / LARGEST;
  }

  /** To the nearest, as the bits of a float that has no room for a fraction. */
  private static IntVector integers(FloatVector v) {
    return v.add(TO_INTEGER).reinterpretAsInts().sub(Float.floatToRawIntBits(TO_INTEGER));
  }

  private void factors(int[] rounded, int to) {
    for (int i = 0; i < 8; i++) {
      int sum = 0;
      int last = 0;
      for (int k = 0; k < 8; k++) {
        int q = rounded[ORDER[8 * i + k]];
        packed[to + k % 4 * 16 + 2 * i + k / 4] = (short) (q - 16 * last);
        sum += q;
        last = q;
      }
      packed[to + OFFSETS + 2 * i] = (short) (-8 * sum);
      packed[to + OFFSETS + 2 * i + 1] = 0;
    }
  }
}
