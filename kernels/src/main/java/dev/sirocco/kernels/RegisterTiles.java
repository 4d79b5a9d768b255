package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of matrix products: a few rows of weights by a few tokens, all sums in registers.
 *
 * <p>Each (row, token) has one vector of sums, to which the products of the elements are added in
 * order: lane l sums the elements l, l + lanes, l + 2 lanes, and so on. At the end of a slab of
 * {@link Panel#DEPTH} elements the lanes are added to each other, and to the result. So a result
 * does not depend on which tile computed it.
 *
 * <p>The compiler loads all vectors of a step before it uses the first, so that registers must hold
 * them beside the sums: 4 rows by 5 tokens take 29 of the 32 of wide vectors, 3 by 3 take 15 of the
 * 16 that narrow ones may count on; one more of either, and sums live in memory. For the same
 * reason the loop must not be unrolled. It is not, as it strides over the tokens' elements, by more
 * of them than the compiler unrolls for.
 */
final class RegisterTiles {

  /** Rows of weights in a tile. */
  static final int ROWS = LANES == 16 ? 4 : 3;

  /** Tokens in a tile. */
  static final int TOKENS = LANES == 16 ? 5 : 3;

  /** Tokens whose vectors alternate in memory: one or two tiles. */
  static final int SLOTS = LANES == 16 ? 5 : 6;

  private RegisterTiles() {}

  /**
   * Adds up a slab's products of {@link #ROWS} rows and {@link #TOKENS} tokens.
   *
   * @param w rows of weights, {@code stride} apart, the first at {@code wAt}
   * @param x tokens, interleaved: vector i of token t at {@code xAt + (i * SLOTS + t) * lanes}
   * @param steps vectors of each row to add
   * @param sums receives the vector of row r and token t at {@code (r * TOKENS + t) * lanes}
   */
  static void run(float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums) {
    if (ROWS == 4) {
      tile4x5(w, wAt, stride, x, xAt, steps, sums);
    } else {
      tile3x3(w, wAt, stride, x, xAt, steps, sums);
    }
  }

  /** 4 rows by 5 tokens. */
  private static void tile4x5(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums) {
    FloatVector s00 = FloatVector.zero(FLOATS);
    FloatVector s01 = FloatVector.zero(FLOATS);
    FloatVector s02 = FloatVector.zero(FLOATS);
    FloatVector s03 = FloatVector.zero(FLOATS);
    FloatVector s04 = FloatVector.zero(FLOATS);
    FloatVector s10 = FloatVector.zero(FLOATS);
    FloatVector s11 = FloatVector.zero(FLOATS);
    FloatVector s12 = FloatVector.zero(FLOATS);
    FloatVector s13 = FloatVector.zero(FLOATS);
    FloatVector s14 = FloatVector.zero(FLOATS);
    FloatVector s20 = FloatVector.zero(FLOATS);
    FloatVector s21 = FloatVector.zero(FLOATS);
    FloatVector s22 = FloatVector.zero(FLOATS);
    FloatVector s23 = FloatVector.zero(FLOATS);
    FloatVector s24 = FloatVector.zero(FLOATS);
    FloatVector s30 = FloatVector.zero(FLOATS);
    FloatVector s31 = FloatVector.zero(FLOATS);
    FloatVector s32 = FloatVector.zero(FLOATS);
    FloatVector s33 = FloatVector.zero(FLOATS);
    FloatVector s34 = FloatVector.zero(FLOATS);
    int first = wAt;
    int second = first + stride;
    int third = second + stride;
    int fourth = third + stride;
    int k = 0;
    for (int from = xAt; from < xAt + steps * SLOTS * LANES; from += SLOTS * LANES) {
      FloatVector w0 = FloatVector.fromArray(FLOATS, w, first + k);
      FloatVector w1 = FloatVector.fromArray(FLOATS, w, second + k);
      FloatVector w2 = FloatVector.fromArray(FLOATS, w, third + k);
      FloatVector w3 = FloatVector.fromArray(FLOATS, w, fourth + k);
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      s00 = w0.fma(x0, s00);
      s10 = w1.fma(x0, s10);
      s20 = w2.fma(x0, s20);
      s30 = w3.fma(x0, s30);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + 1 * LANES);
      s01 = w0.fma(x1, s01);
      s11 = w1.fma(x1, s11);
      s21 = w2.fma(x1, s21);
      s31 = w3.fma(x1, s31);
      FloatVector x2 = FloatVector.fromArray(FLOATS, x, from + 2 * LANES);
      s02 = w0.fma(x2, s02);
      s12 = w1.fma(x2, s12);
      s22 = w2.fma(x2, s22);
      s32 = w3.fma(x2, s32);
      FloatVector x3 = FloatVector.fromArray(FLOATS, x, from + 3 * LANES);
      s03 = w0.fma(x3, s03);
      s13 = w1.fma(x3, s13);
      s23 = w2.fma(x3, s23);
      s33 = w3.fma(x3, s33);
      FloatVector x4 = FloatVector.fromArray(FLOATS, x, from + 4 * LANES);
      s04 = w0.fma(x4, s04);
      s14 = w1.fma(x4, s14);
      s24 = w2.fma(x4, s24);
      s34 = w3.fma(x4, s34);
      k += LANES;
    }
    s00.intoArray(sums, 0 * LANES);
    s01.intoArray(sums, 1 * LANES);
    s02.intoArray(sums, 2 * LANES);
    s03.intoArray(sums, 3 * LANES);
    s04.intoArray(sums, 4 * LANES);
    s10.intoArray(sums, 5 * LANES);
    s11.intoArray(sums, 6 * LANES);
    s12.intoArray(sums, 7 * LANES);
    s13.intoArray(sums, 8 * LANES);
    s14.intoArray(sums, 9 * LANES);
    s20.intoArray(sums, 10 * LANES);
    s21.intoArray(sums, 11 * LANES);
    s22.intoArray(sums, 12 * LANES);
    s23.intoArray(sums, 13 * LANES);
    s24.intoArray(sums, 14 * LANES);
    s30.intoArray(sums, 15 * LANES);
    s31.intoArray(sums, 16 * LANES);
    s32.intoArray(sums, 17 * LANES);
    s33.intoArray(sums, 18 * LANES);
    s34.intoArray(sums, 19 * LANES);
  }

  /** 3 rows by 3 tokens. */
  private static void tile3x3(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums) {
    FloatVector s00 = FloatVector.zero(FLOATS);
    FloatVector s01 = FloatVector.zero(FLOATS);
    FloatVector s02 = FloatVector.zero(FLOATS);
    FloatVector s10 = FloatVector.zero(FLOATS);
    FloatVector s11 = FloatVector.zero(FLOATS);
    FloatVector s12 = FloatVector.zero(FLOATS);
    FloatVector s20 = FloatVector.zero(FLOATS);
    FloatVector s21 = FloatVector.zero(FLOATS);
    FloatVector s22 = FloatVector.zero(FLOATS);
    int first = wAt;
    int second = first + stride;
    int third = second + stride;
    int k = 0;
    for (int from = xAt; from < xAt + steps * SLOTS * LANES; from += SLOTS * LANES) {
      FloatVector w0 = FloatVector.fromArray(FLOATS, w, first + k);
      FloatVector w1 = FloatVector.fromArray(FLOATS, w, second + k);
      FloatVector w2 = FloatVector.fromArray(FLOATS, w, third + k);
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      s00 = w0.fma(x0, s00);
      s10 = w1.fma(x0, s10);
      s20 = w2.fma(x0, s20);
      FloatVector x1 = FloatVector.fromArray(FLOATS, x, from + 1 * LANES);
      s01 = w0.fma(x1, s01);
      s11 = w1.fma(x1, s11);
      s21 = w2.fma(x1, s21);
      FloatVector x2 = FloatVector.fromArray(FLOATS, x, from + 2 * LANES);
      s02 = w0.fma(x2, s02);
      s12 = w1.fma(x2, s12);
      s22 = w2.fma(x2, s22);
      k += LANES;
    }
    s00.intoArray(sums, 0 * LANES);
    s01.intoArray(sums, 1 * LANES);
    s02.intoArray(sums, 2 * LANES);
    s10.intoArray(sums, 3 * LANES);
    s11.intoArray(sums, 4 * LANES);
    s12.intoArray(sums, 5 * LANES);
    s20.intoArray(sums, 6 * LANES);
    s21.intoArray(sums, 7 * LANES);
    s22.intoArray(sums, 8 * LANES);
  }

  /**
   * Adds up a slab's products of {@link FusedDots#ROWS} rows and a single token.
   *
   * @param x the token's elements, those of the first step at {@code xAt}
   * @param sums receives the vector of row r at {@code r * lanes}
   */
  static void single(float[] w, int stride, float[] x, int xAt, int steps, float[] sums) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = FloatVector.zero(FLOATS);
    FloatVector s2 = FloatVector.zero(FLOATS);
    FloatVector s3 = FloatVector.zero(FLOATS);
    for (int k = 0; k < steps * LANES; k += LANES) {
      FloatVector xk = FloatVector.fromArray(FLOATS, x, xAt + k);
      s0 = FloatVector.fromArray(FLOATS, w, k).fma(xk, s0);
      s1 = FloatVector.fromArray(FLOATS, w, stride + k).fma(xk, s1);
      s2 = FloatVector.fromArray(FLOATS, w, 2 * stride + k).fma(xk, s2);
      s3 = FloatVector.fromArray(FLOATS, w, 3 * stride + k).fma(xk, s3);
    }
    s0.intoArray(sums, 0 * LANES);
    s1.intoArray(sums, 1 * LANES);
    s2.intoArray(sums, 2 * LANES);
    s3.intoArray(sums, 3 * LANES);
  }
}
