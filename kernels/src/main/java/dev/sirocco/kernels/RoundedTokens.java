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
 * <p>A group of blocks lies in six vectors of shorts: four of factors, one of offsets and one of
 * scales, floats in two halves. An int of the weights holds eight nibbles n0 to n7, each a weight
 * plus 8. Its four shifts by 0, 4, 8 and 12 bits, each taken as two numbers of 16 bits, are n0 + 16
 * n1 + ..., n1 + 16 n2 + ... and so on. So with the token's integers q0 to q7, the factor of shift
 * k is q(k) - 16 q(k - 1), and the sum of the products, modulo 2^16, is that of n(k) q(k): no
 * nibble has to be masked out. The offset is -8 times the sum of the q(k); then the sum is at most
 * 64 * 511, which 16 bits hold.
 *
 * <p>In a batch, as many tokens as {@link NibbleProducts#tile} takes alternate, group by group.
 */
final class RoundedTokens {

  /** The largest integer. */
  static final int LARGEST = 511;

  /** Scales are stored times this, which makes up for how weights' scales are read. */
  static final float SCALE = 0x1p80f;

  private static final int BLOCK = 32;

  /** Elements that are packed together: the threads share a single token, too. */
  private static final int PIECE = 1024;

  /** Added to a number below 2^22, this leaves the nearest integer in the lower bits. */
  private static final float TO_INTEGER = 0x1.8p23f;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  private short[] packed = new short[0];
  private final Scratch[] scratches;
  private NibbleProducts products = NibblePairs.INSTANCE;
  private int tokens;
  private int groups;

  /** A thread's elements of a piece, and a group's integers. */
  private static final class Scratch {
    final float[] elements = new float[PIECE];
    final int[] rounded = new int[NibbleQuads.BLOCKS * BLOCK];
  }

  RoundedTokens(int threads) {
    scratches = new Scratch[threads];
    for (int i = 0; i < threads; i++) {
      scratches[i] = new Scratch();
    }
  }

  /** The products that the tokens are packed for. */
  NibbleProducts products() {
    return products;
  }

  /** The groups; those of a token begin at {@link #at}. */
  short[] elements() {
    return packed;
  }

  /** Number of tokens. */
  int tokens() {
    return tokens;
  }

  /** Groups of blocks in a row. */
  int groups() {
    return groups;
  }

  /** Where group {@code group} of {@code token} begins. */
  int at(int token, int group) {
    int alternate = tokens == 1 ? 1 : products.tokens();
    return ((token / alternate * groups + group) * alternate + token % alternate) * shorts();
  }

  /** Shorts of a token's group. */
  private int shorts() {
    return 48 * products.blocks();
  }

  /** Packs the rows {@code first} to {@code first + count - 1}, whose elements are whole groups. */
  void pack(WorkerPool pool, FloatMatrix x, int first, int count) {
    products = NibbleProducts.of(x.columns());
    tokens = count;
    groups = x.columns() / (products.blocks() * BLOCK);
    int alternate = count == 1 ? 1 : products.tokens();
    int rounded = (count + alternate - 1) / alternate * alternate;
    int size = Math.multiplyExact(Math.multiplyExact(rounded, groups), shorts());
    if (packed.length < size) {
      packed = new short[size];
    }
    int pieces = (x.columns() + PIECE - 1) / PIECE;
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

  private void packPiece(FloatMatrix x, int rowOfX, int token, int column, Scratch scratch) {
    int count = Math.min(PIECE, x.columns() - column);
    MemorySegment.copy(
        x.data(), JAVA_FLOAT, x.offset(rowOfX) + 4L * column, scratch.elements, 0, count);
    int blocks = products.blocks();
    int scales = shorts() - 8 * blocks;
    for (int from = 0; from < count; from += blocks * BLOCK) {
      int to = at(token, (column + from) / (blocks * BLOCK));
      for (int block = 0; block < blocks; block++) {
        float scale = round(scratch, from + block * BLOCK, block * BLOCK);
        int bits = Float.floatToRawIntBits(scale * SCALE);
        for (int i = 4 * block; i < 4 * block + 4; i++) {
          packed[to + scales + 2 * i] = (short) bits;
          packed[to + scales + 2 * i + 1] = (short) (bits >> 16);
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
    int vector = 8 * products.blocks();
    int[] order = products.order();
    for (int i = 0; i < vector / 2; i++) {
      int sum = 0;
      int last = 0;
      for (int k = 0; k < 8; k++) {
        int q = rounded[order[8 * i + k]];
        packed[to + k % 4 * vector + 2 * i + k / 4] = (short) (q - 16 * last);
        sum += q;
        last = q;
      }
      packed[to + 4 * vector + 2 * i] = (short) (-8 * sum);
      packed[to + 4 * vector + 2 * i + 1] = 0;
    }
  }
}
