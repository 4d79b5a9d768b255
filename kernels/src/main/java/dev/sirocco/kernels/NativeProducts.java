package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Products that are computed in one loop, as C structures ({@code product} in {@code sirocco.h});
 * their units are numbered through.
 */
final class NativeProducts {

  private static final int BYTES = 96;
  private static final int UP = 24;
  private static final int X = 48;
  private static final int Y = 64;
  private static final int SIZES = 80;

  private final Arena arena;
  private final NativeTier tier;
  private final Activations activations;
  private MemorySegment structures = MemorySegment.NULL;
  private int[] firstUnit = new int[1];
  private int count;

  NativeProducts(Arena arena, NativeTier tier, Activations activations) {
    this.arena = arena;
    this.tier = tier;
    this.activations = activations;
  }

  /** Begins anew, with room for {@code products}. */
  void begin(int products) {
    if (products >= firstUnit.length) {
      firstUnit = new int[products + 1];
      structures = arena.allocate((long) products * BYTES, 64);
    }
    count = 0;
  }

  /** Adds y = x * transposed w. */
  void add(Tensor w, PreparedRows x, FloatMatrix y) {
    add(w, w, false, x, y);
  }

  /** Adds y = silu(x * transposed w1) * (x * transposed w3). */
  void addGated(Tensor w1, Tensor w3, PreparedRows x, FloatMatrix y) {
    add(w1, w3, true, x, y);
  }

  private void add(Tensor w, Tensor up, boolean gated, PreparedRows x, FloatMatrix y) {
    MemorySegment s = structures.asSlice((long) count * BYTES, BYTES);
    matrix(s, 0, w);
    matrix(s, UP, up);
    s.set(ADDRESS, X, x.data());
    s.set(JAVA_LONG, X + 8, x.stride());
    s.set(ADDRESS, Y, y.data());
    s.set(JAVA_LONG, Y + 8, y.columns());
    s.set(JAVA_INT, SIZES, w.columns());
    s.set(JAVA_INT, SIZES + 4, y.rows());
    s.set(JAVA_INT, SIZES + 8, activations.planes());
    s.set(JAVA_INT, SIZES + 12, gated ? 1 : 0);
    int outputs = NativeFunctions.unitOutputs(tier, w.dtype(), gated);
    firstUnit[count + 1] = firstUnit[count] + (w.rows() + outputs - 1) / outputs;
    count++;
  }

  private static void matrix(MemorySegment s, int at, Tensor w) {
    s.set(ADDRESS, at, w.data());
    s.set(JAVA_LONG, at + 8, w.rowBytes());
    s.set(JAVA_INT, at + 16, w.dtype().ggufId());
    s.set(JAVA_INT, at + 20, w.rows());
  }

  /** Units of all products. */
  int units() {
    return firstUnit[count];
  }

  /** Computes the units {@code from} to {@code to - 1}. */
  void multiply(int from, int to, MemorySegment scratch) {
    int found = Arrays.binarySearch(firstUnit, 0, count, from);
    int product = found >= 0 ? found : -found - 2;
    for (int unit = from; unit < to; product++) {
      int end = Math.min(to, firstUnit[product + 1]);
      NativeFunctions.multiply(
          tier,
          structures.asSlice((long) product * BYTES, BYTES),
          unit - firstUnit[product],
          end - firstUnit[product],
          scratch);
      unit = end;
    }
  }
}
