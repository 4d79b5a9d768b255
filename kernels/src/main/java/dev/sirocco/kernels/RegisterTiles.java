package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of matrix products: a few rows of weights by a few tokens, all sums in registers.
 *
 * <p>Each (row, token) has one vector of sums, to which the products of the elements are added in
 * {@link ElementOrder}: in the natural one lane l sums the elements l, l + lanes, l + 2 lanes, and
 * so on. At the end of a row its lanes are added to each other. So a result does not depend on
 * which tile computed it.
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

  /** Rows that {@link #single} takes. */
  static final int SINGLE_ROWS = 3;

  /** Rows of a {@link Panel}: whole tiles, and their halves whole vectors. */
  static final int PANEL_ROWS = ROWS == 3 ? 48 : 32;

  /** Elements between the sums of a row's neighbouring tokens. */
  private static final int NEXT = PANEL_ROWS * LANES;

  private RegisterTiles() {}

  /**
   * Adds a slab's products of {@link #ROWS} rows and {@link #TOKENS} tokens.
   *
   * @param w rows of weights, {@code stride} apart, the first at {@code wAt}
   * @param x tokens, interleaved: vector i of token t at {@code xAt + (i * SLOTS + t) * lanes}
   * @param steps vectors of each row to add
   * @param sums goes on with the vector of row r and token t at {@code at + (t * PANEL_ROWS + r) *
   *     lanes}
   */
  static void run(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums, int at) {
    if (ROWS == 4) {
      tile4x5(w, wAt, stride, x, xAt, steps, sums, at);
    } else {
      tile3x3(w, wAt, stride, x, xAt, steps, sums, at);
    }
  }

  /** 4 rows by 5 tokens. */
  private static void tile4x5(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums, int at) {
    FloatVector s00 = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector s01 = FloatVector.fromArray(FLOATS, sums, at + 1 * NEXT);
    FloatVector s02 = FloatVector.fromArray(FLOATS, sums, at + 2 * NEXT);
    FloatVector s03 = FloatVector.fromArray(FLOATS, sums, at + 3 * NEXT);
    FloatVector s04 = FloatVector.fromArray(FLOATS, sums, at + 4 * NEXT);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, at + 1 * LANES);
    FloatVector s11 = FloatVector.fromArray(FLOATS, sums, at + 1 * NEXT + 1 * LANES);
    FloatVector s12 = FloatVector.fromArray(FLOATS, sums, at + 2 * NEXT + 1 * LANES);
    FloatVector s13 = FloatVector.fromArray(FLOATS, sums, at + 3 * NEXT + 1 * LANES);
    FloatVector s14 = FloatVector.fromArray(FLOATS, sums, at + 4 * NEXT + 1 * LANES);
    FloatVector s20 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector s21 = FloatVector.fromArray(FLOATS, sums, at + 1 * NEXT + 2 * LANES);
    FloatVector s22 = FloatVector.fromArray(FLOATS, sums, at + 2 * NEXT + 2 * LANES);
    FloatVector s23 = FloatVector.fromArray(FLOATS, sums, at + 3 * NEXT + 2 * LANES);
    FloatVector s24 = FloatVector.fromArray(FLOATS, sums, at + 4 * NEXT + 2 * LANES);
    FloatVector s30 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    FloatVector s31 = FloatVector.fromArray(FLOATS, sums, at + 1 * NEXT + 3 * LANES);
    FloatVector s32 = FloatVector.fromArray(FLOATS, sums, at + 2 * NEXT + 3 * LANES);
    FloatVector s33 = FloatVector.fromArray(FLOATS, sums, at + 3 * NEXT + 3 * LANES);
    FloatVector s34 = FloatVector.fromArray(FLOATS, sums, at + 4 * NEXT + 3 * LANES);
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
    s00.intoArray(sums, at);
    s01.intoArray(sums, at + 1 * NEXT);
    s02.intoArray(sums, at + 2 * NEXT);
    s03.intoArray(sums, at + 3 * NEXT);
    s04.intoArray(sums, at + 4 * NEXT);
    s10.intoArray(sums, at + 1 * LANES);
    s11.intoArray(sums, at + 1 * NEXT + 1 * LANES);
    s12.intoArray(sums, at + 2 * NEXT + 1 * LANES);
    s13.intoArray(sums, at + 3 * NEXT + 1 * LANES);
    s14.intoArray(sums, at + 4 * NEXT + 1 * LANES);
    s20.intoArray(sums, at + 2 * LANES);
    s21.intoArray(sums, at + 1 * NEXT + 2 * LANES);
    s22.intoArray(sums, at + 2 * NEXT + 2 * LANES);
    s23.intoArray(sums, at + 3 * NEXT + 2 * LANES);
    s24.intoArray(sums, at + 4 * NEXT + 2 * LANES);
    s30.intoArray(sums, at + 3 * LANES);
    s31.intoArray(sums, at + 1 * NEXT + 3 * LANES);
    s32.intoArray(sums, at + 2 * NEXT + 3 * LANES);
    s33.intoArray(sums, at + 3 * NEXT + 3 * LANES);
    s34.intoArray(sums, at + 4 * NEXT + 3 * LANES);
  }

  /** 3 rows by 3 tokens. */
  private static void tile3x3(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums, int at) {
    FloatVector s00 = FloatVector.fromArray(FLOATS, sums, at);
    FloatVector s01 = FloatVector.fromArray(FLOATS, sums, at + 1 * NEXT);
    FloatVector s02 = FloatVector.fromArray(FLOATS, sums, at + 2 * NEXT);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, at + 1 * LANES);
    FloatVector s11 = FloatVector.fromArray(FLOATS, sums, at + 1 * NEXT + 1 * LANES);
    FloatVector s12 = FloatVector.fromArray(FLOATS, sums, at + 2 * NEXT + 1 * LANES);
    FloatVector s20 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector s21 = FloatVector.fromArray(FLOATS, sums, at + 1 * NEXT + 2 * LANES);
    FloatVector s22 = FloatVector.fromArray(FLOATS, sums, at + 2 * NEXT + 2 * LANES);
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
    s00.intoArray(sums, at);
    s01.intoArray(sums, at + 1 * NEXT);
    s02.intoArray(sums, at + 2 * NEXT);
    s10.intoArray(sums, at + 1 * LANES);
    s11.intoArray(sums, at + 1 * NEXT + 1 * LANES);
    s12.intoArray(sums, at + 2 * NEXT + 1 * LANES);
    s20.intoArray(sums, at + 2 * LANES);
    s21.intoArray(sums, at + 1 * NEXT + 2 * LANES);
    s22.intoArray(sums, at + 2 * NEXT + 2 * LANES);
  }

  /**
   * Adds a slab's products of {@link #SINGLE_ROWS} rows and a single token.
   *
   * @param x the token's elements, those of the first step at {@code xAt}
   * @param sums goes on with the vector of row r at {@code r * lanes}
   */
  static void single(float[] w, int stride, float[] x, int xAt, int steps, float[] sums) {
    FloatVector s0 = FloatVector.fromArray(FLOATS, sums, 0 * LANES);
    FloatVector s1 = FloatVector.fromArray(FLOATS, sums, 1 * LANES);
    FloatVector s2 = FloatVector.fromArray(FLOATS, sums, 2 * LANES);
    for (int k = 0; k < steps * LANES; k += LANES) {
      FloatVector xk = FloatVector.fromArray(FLOATS, x, xAt + k);
      s0 = FloatVector.fromArray(FLOATS, w, k).fma(xk, s0);
      s1 = FloatVector.fromArray(FLOATS, w, stride + k).fma(xk, s1);
      s2 = FloatVector.fromArray(FLOATS, w, 2 * stride + k).fma(xk, s2);
    }
    s0.intoArray(sums, 0 * LANES);
    s1.intoArray(sums, 1 * LANES);
    s2.intoArray(sums, 2 * LANES);
  }
}
