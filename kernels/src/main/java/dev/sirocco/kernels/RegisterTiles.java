package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of matrix products: 4 rows of weights by 6, 3 or 1 tokens, all sums in registers.
 *
 * <p>Each (row, token) has one vector of sums, to which the products of the elements are added in
 * order, whatever the tile: lane l sums the elements l, l + lanes, l + 2 lanes, and so on. So a
 * result does not depend on which tile computed it.
 */
final class RegisterTiles {

  /** Rows of weights in a tile. */
  static final int ROWS = 4;

  /** Tokens in the largest tile: 24 sums fit 32 registers, 12 fit the 16 of narrow vectors. */
  static final int MOST_TOKENS = LANES == 16 ? 6 : 3;

  private RegisterTiles() {}

  /** Tokens of the next tile when {@code left} are left: 6, 3 or 1. */
  static int tokens(int left) {
    if (left >= MOST_TOKENS) {
      return MOST_TOKENS;
    }
    return left >= 3 ? 3 : 1;
  }

  /**
   * Goes on with the sums of 4 rows and {@code tokens} tokens.
   *
   * @param w rows of weights, {@code stride} apart, the first at {@code wAt}
   * @param x tokens, interleaved: vector i of token t at {@code xAt + (i * tokens + t) * lanes}
   * @param steps vectors of each row to add
   * @param sums vector of row r and token t at {@code at + (r * tokens + t) * lanes}
   */
  static void run(
      int tokens,
      float[] w,
      int wAt,
      int stride,
      float[] x,
      int xAt,
      int steps,
      float[] sums,
      int at) {
    switch (tokens) {
      case 6 -> tile6(w, wAt, stride, x, xAt, steps, sums, at);
      case 3 -> tile3(w, wAt, stride, x, xAt, steps, sums, at);
      case 1 -> tile1(w, wAt, stride, x, xAt, steps, sums, at);
      default -> throw new IllegalArgumentException("no tile for " + tokens + " tokens");
    }
  }

  /** 4 rows by 6 tokens. */
  private static void tile6(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums, int at) {
    FloatVector s00 = FloatVector.fromArray(FLOATS, sums, at + 0 * LANES);
    FloatVector s01 = FloatVector.fromArray(FLOATS, sums, at + 1 * LANES);
    FloatVector s02 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector s03 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    FloatVector s04 = FloatVector.fromArray(FLOATS, sums, at + 4 * LANES);
    FloatVector s05 = FloatVector.fromArray(FLOATS, sums, at + 5 * LANES);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, at + 6 * LANES);
    FloatVector s11 = FloatVector.fromArray(FLOATS, sums, at + 7 * LANES);
    FloatVector s12 = FloatVector.fromArray(FLOATS, sums, at + 8 * LANES);
    FloatVector s13 = FloatVector.fromArray(FLOATS, sums, at + 9 * LANES);
    FloatVector s14 = FloatVector.fromArray(FLOATS, sums, at + 10 * LANES);
    FloatVector s15 = FloatVector.fromArray(FLOATS, sums, at + 11 * LANES);
    FloatVector s20 = FloatVector.fromArray(FLOATS, sums, at + 12 * LANES);
    FloatVector s21 = FloatVector.fromArray(FLOATS, sums, at + 13 * LANES);
    FloatVector s22 = FloatVector.fromArray(FLOATS, sums, at + 14 * LANES);
    FloatVector s23 = FloatVector.fromArray(FLOATS, sums, at + 15 * LANES);
    FloatVector s24 = FloatVector.fromArray(FLOATS, sums, at + 16 * LANES);
    FloatVector s25 = FloatVector.fromArray(FLOATS, sums, at + 17 * LANES);
    FloatVector s30 = FloatVector.fromArray(FLOATS, sums, at + 18 * LANES);
    FloatVector s31 = FloatVector.fromArray(FLOATS, sums, at + 19 * LANES);
    FloatVector s32 = FloatVector.fromArray(FLOATS, sums, at + 20 * LANES);
    FloatVector s33 = FloatVector.fromArray(FLOATS, sums, at + 21 * LANES);
    FloatVector s34 = FloatVector.fromArray(FLOATS, sums, at + 22 * LANES);
    FloatVector s35 = FloatVector.fromArray(FLOATS, sums, at + 23 * LANES);
    int second = wAt + stride;
    int third = second + stride;
    int fourth = third + stride;
    for (int k = 0; k < steps * LANES; k += LANES) {
      FloatVector w0 = FloatVector.fromArray(FLOATS, w, wAt + k);
      FloatVector w1 = FloatVector.fromArray(FLOATS, w, second + k);
      FloatVector w2 = FloatVector.fromArray(FLOATS, w, third + k);
      FloatVector w3 = FloatVector.fromArray(FLOATS, w, fourth + k);
      int from = xAt + k * 6;
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
      FloatVector x5 = FloatVector.fromArray(FLOATS, x, from + 5 * LANES);
      s05 = w0.fma(x5, s05);
      s15 = w1.fma(x5, s15);
      s25 = w2.fma(x5, s25);
      s35 = w3.fma(x5, s35);
    }
    s00.intoArray(sums, at + 0 * LANES);
    s01.intoArray(sums, at + 1 * LANES);
    s02.intoArray(sums, at + 2 * LANES);
    s03.intoArray(sums, at + 3 * LANES);
    s04.intoArray(sums, at + 4 * LANES);
    s05.intoArray(sums, at + 5 * LANES);
    s10.intoArray(sums, at + 6 * LANES);
    s11.intoArray(sums, at + 7 * LANES);
    s12.intoArray(sums, at + 8 * LANES);
    s13.intoArray(sums, at + 9 * LANES);
    s14.intoArray(sums, at + 10 * LANES);
    s15.intoArray(sums, at + 11 * LANES);
    s20.intoArray(sums, at + 12 * LANES);
    s21.intoArray(sums, at + 13 * LANES);
    s22.intoArray(sums, at + 14 * LANES);
    s23.intoArray(sums, at + 15 * LANES);
    s24.intoArray(sums, at + 16 * LANES);
    s25.intoArray(sums, at + 17 * LANES);
    s30.intoArray(sums, at + 18 * LANES);
    s31.intoArray(sums, at + 19 * LANES);
    s32.intoArray(sums, at + 20 * LANES);
    s33.intoArray(sums, at + 21 * LANES);
    s34.intoArray(sums, at + 22 * LANES);
    s35.intoArray(sums, at + 23 * LANES);
  }

  /** 4 rows by 3 tokens. */
  private static void tile3(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums, int at) {
    FloatVector s00 = FloatVector.fromArray(FLOATS, sums, at + 0 * LANES);
    FloatVector s01 = FloatVector.fromArray(FLOATS, sums, at + 1 * LANES);
    FloatVector s02 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    FloatVector s11 = FloatVector.fromArray(FLOATS, sums, at + 4 * LANES);
    FloatVector s12 = FloatVector.fromArray(FLOATS, sums, at + 5 * LANES);
    FloatVector s20 = FloatVector.fromArray(FLOATS, sums, at + 6 * LANES);
    FloatVector s21 = FloatVector.fromArray(FLOATS, sums, at + 7 * LANES);
    FloatVector s22 = FloatVector.fromArray(FLOATS, sums, at + 8 * LANES);
    FloatVector s30 = FloatVector.fromArray(FLOATS, sums, at + 9 * LANES);
    FloatVector s31 = FloatVector.fromArray(FLOATS, sums, at + 10 * LANES);
    FloatVector s32 = FloatVector.fromArray(FLOATS, sums, at + 11 * LANES);
    int second = wAt + stride;
    int third = second + stride;
    int fourth = third + stride;
    for (int k = 0; k < steps * LANES; k += LANES) {
      FloatVector w0 = FloatVector.fromArray(FLOATS, w, wAt + k);
      FloatVector w1 = FloatVector.fromArray(FLOATS, w, second + k);
      FloatVector w2 = FloatVector.fromArray(FLOATS, w, third + k);
      FloatVector w3 = FloatVector.fromArray(FLOATS, w, fourth + k);
      int from = xAt + k * 3;
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
    }
    s00.intoArray(sums, at + 0 * LANES);
    s01.intoArray(sums, at + 1 * LANES);
    s02.intoArray(sums, at + 2 * LANES);
    s10.intoArray(sums, at + 3 * LANES);
    s11.intoArray(sums, at + 4 * LANES);
    s12.intoArray(sums, at + 5 * LANES);
    s20.intoArray(sums, at + 6 * LANES);
    s21.intoArray(sums, at + 7 * LANES);
    s22.intoArray(sums, at + 8 * LANES);
    s30.intoArray(sums, at + 9 * LANES);
    s31.intoArray(sums, at + 10 * LANES);
    s32.intoArray(sums, at + 11 * LANES);
  }

  /** 4 rows by 1 token. */
  private static void tile1(
      float[] w, int wAt, int stride, float[] x, int xAt, int steps, float[] sums, int at) {
    FloatVector s00 = FloatVector.fromArray(FLOATS, sums, at + 0 * LANES);
    FloatVector s10 = FloatVector.fromArray(FLOATS, sums, at + 1 * LANES);
    FloatVector s20 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    FloatVector s30 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    int second = wAt + stride;
    int third = second + stride;
    int fourth = third + stride;
    for (int k = 0; k < steps * LANES; k += LANES) {
      FloatVector w0 = FloatVector.fromArray(FLOATS, w, wAt + k);
      FloatVector w1 = FloatVector.fromArray(FLOATS, w, second + k);
      FloatVector w2 = FloatVector.fromArray(FLOATS, w, third + k);
      FloatVector w3 = FloatVector.fromArray(FLOATS, w, fourth + k);
      int from = xAt + k;
      FloatVector x0 = FloatVector.fromArray(FLOATS, x, from);
      s00 = w0.fma(x0, s00);
      s10 = w1.fma(x0, s10);
      s20 = w2.fma(x0, s20);
      s30 = w3.fma(x0, s30);
    }
    s00.intoArray(sums, at + 0 * LANES);
    s10.intoArray(sums, at + 1 * LANES);
    s20.intoArray(sums, at + 2 * LANES);
    s30.intoArray(sums, at + 3 * LANES);
  }
}
