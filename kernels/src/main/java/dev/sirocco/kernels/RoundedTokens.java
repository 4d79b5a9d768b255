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
 * RoundedProducts} multiply weights by.
 *
 * <p>In a batch, as many tokens as {@link RoundedProducts#tile} takes alternate, group by group.
 */
final class RoundedTokens {

  /** The largest integer. */
  static final int LARGEST = 511;

  /** Elements that share a scale. */
  static final int BLOCK = 32;

  /** Elements that are packed together, whole groups: the threads share a single token, too. */
  private static final int PIECE = 1024;

  /** Added to a number below 2^22, this leaves the nearest integer in the lower bits. */
  private static final float TO_INTEGER = 0x1.8p23f;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  private final RoundedProducts products;
  private final RoundedProducts.Group group;
  private final Scratch[] scratches;
  private short[] packed = new short[0];
  private int tokens;
  private int groups;

  /** A thread's elements of a piece, and a group's integers and scales. */
  private static final class Scratch {
    final float[] elements = new float[PIECE];
    final int[] rounded;
    final float[] scales;

    Scratch(int group) {
      rounded = new int[group];
      scales = new float[group / BLOCK];
    }
  }

  /** Room for tokens that meet {@code products}. */
  RoundedTokens(int threads, RoundedProducts products) {
    this.products = products;
    this.group = products.group();
    scratches = new Scratch[threads];
    for (int i = 0; i < threads; i++) {
      scratches[i] = new Scratch(group.elements());
    }
  }

  /** The products that the tokens are packed for. */
  RoundedProducts products() {
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

  /** Groups of a row. */
  int groups() {
    return groups;
  }

  /** Where group {@code index} of {@code token} begins. */
  int at(int token, int index) {
    if (tokens == 1) {
      return index * group.shorts();
    }
    int alternate = products.tokens();
    int place = (token / alternate * groups + index) * alternate + token % alternate;
    return CacheLines.FIRST_SHORT + place * group.shorts();
  }

  /** Packs the rows {@code first} to {@code first + count - 1}, whose elements are whole groups. */
  void pack(WorkerPool pool, FloatMatrix x, int first, int count) {
    tokens = count;
    groups = x.columns() / group.elements();
    int alternate = count == 1 ? 1 : products.tokens();
    int rounded = (count + alternate - 1) / alternate * alternate;
    int size =
        CacheLines.FIRST_SHORT
            + Math.multiplyExact(Math.multiplyExact(rounded, groups), group.shorts());
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
    for (int from = 0; from < count; from += group.elements()) {
      for (int block = 0; block < scratch.scales.length; block++) {
        scratch.scales[block] = round(scratch, from + block * BLOCK, block * BLOCK);
      }
      int to = at(token, (column + from) / group.elements());
      products.pack(scratch.rounded, scratch.scales, packed, to);
    }
  }

  /**
   * Rounds a block's elements and returns their scale, which is not finite if one of them is not. A
   * block without an element of 6e-36 or more becomes zeros.
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

  /** Writes a float as two shorts, the lower half first. */
  static void store(float value, short[] target, int at) {
    int bits = Float.floatToRawIntBits(value);
    target[at] = (short) bits;
    target[at + 1] = (short) (bits >> 16);
  }
}
