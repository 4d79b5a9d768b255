package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** Sums and functions whose results depend on nothing but their arguments. */
final class VectorMath {

  private static final float LOG2_E = 1.442695f;
  private static final float LN2_HIGH = 0x1.63p-1f;
  private static final float LN2_LOW = -2.1219444e-4f;

  /** 1.5 * 2^23 + 127: adding it rounds to an integer, whose low bits are a float's exponent. */
  private static final float ROUND_TO_EXPONENT = 0x1.8p23f + 127;

  private static final float LEAST = -87.0f;
  private static final float MOST = 88.0f;

  private static final VectorShuffle<Float> BY_8 = rotation(LANES / 2);
  private static final VectorShuffle<Float> BY_4 = rotation(LANES / 4);
  private static final VectorShuffle<Float> BY_2 = rotation(Math.max(1, LANES / 8));
  private static final VectorShuffle<Float> BY_1 = rotation(1);

  private VectorMath() {}

  private static VectorShuffle<Float> rotation(int by) {
    return VectorShuffle.iota(FLOATS, by, 1, true);
  }

  /**
   * The sum of all lanes as a binary tree: lane i with lane i + half, and so on. Never left to
   * {@code reduceLanes}, whose order may change when code is compiled.
   */
  static float sum(FloatVector v) {
    FloatVector s = v.add(v.rearrange(BY_8));
    s = s.add(s.rearrange(BY_4));
    if (LANES > 4) {
      s = s.add(s.rearrange(BY_2));
    }
    if (LANES > 8) {
      s = s.add(s.rearrange(BY_1));
    }
    return s.lane(0);
  }

  /**
   * e^x with a relative error below 2e-7; below -87 it is e^-87 and above 88 it is e^88; NaN stays.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(LEAST).min(MOST);
    FloatVector rounded =
        clamped.fma(
            FloatVector.broadcast(FLOATS, LOG2_E),
            FloatVector.broadcast(FLOATS, ROUND_TO_EXPONENT));
    FloatVector n = rounded.sub(ROUND_TO_EXPONENT);
    FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(FLOATS, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOATS, 1f / 5040);
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f / 720));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f / 120));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f / 24));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f / 6));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 0.5f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
    FloatVector power =
        rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return p.mul(power);
  }

  /** x / (1 + e^-x). */
  static FloatVector silu(FloatVector x) {
    return x.div(exp(x.neg()).add(1f));
  }
}
