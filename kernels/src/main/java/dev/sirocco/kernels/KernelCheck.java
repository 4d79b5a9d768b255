package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Compares kernels with {@link ScalarKernels} on this machine: a product with each type of weights,
 * attention, and the operations on rows, at sizes that are no multiple of any vector.
 *
 * <p>The bound of a product follows from its elements: activations that are quantised to n steps
 * are off by at most half a step, the largest of their block of 32 divided by 2n, times the weight;
 * bfloat16 rounds activations by 2^-9 of them; and 32-bit sums of d products round by d * 2^-24 of
 * the sum of magnitudes.
 */
public final class KernelCheck {

  private static final double EPS = 0x1p-24;
  private static final int BLOCK = 32;
  private static final int LENGTH = 70;

  private final Kernels kernels;
  private final ScalarKernels scalar;
  private final Arena arena;
  private final Activations activations;

  /**
   * The outcome of one comparison.
   *
   * @param name what was compared, such as {@code product Q4_0}
   * @param worst the largest error found, as a share of the bound; above 1 the check failed
   */
  public record Result(String name, double worst) {

    /** Whether every value was within the bound. */
    public boolean passed() {
      return worst <= 1;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s: largest error %.2f of the bound", name, worst);
    }
  }

  private KernelCheck(Kernels kernels, ScalarKernels scalar, Arena arena, Activations activations) {
    this.kernels = kernels;
    this.scalar = scalar;
    this.arena = arena;
    this.activations = activations;
  }

  /**
   * Checks kernels, within about a second.
   *
   * @param activations how finely they quantise activations, if they do
   */
  public static List<Result> run(Kernels kernels, Activations activations) {
    try (ScalarKernels scalar = new ScalarKernels(new KernelOptions(kernels.threads()));
        Arena arena = Arena.ofShared()) {
      KernelCheck check = new KernelCheck(kernels, scalar, arena, activations);
      List<Result> results = new ArrayList<>();
      for (DType type : DType.values()) {
        results.add(check.product(type));
      }
      results.add(check.attention(DType.F32));
      results.add(check.attention(DType.F16));
      results.add(check.rmsNorm());
      results.add(check.rope());
      return List.copyOf(results);
    }
  }

  private Result product(DType type) {
    double worst = 0;
    for (int[] size : new int[][] {{1, 1, 1}, {33, 3, 7}, {34, 2, 4}, {35, 4, 1}}) {
      SampleData data = new SampleData(arena, size[0]);
      int columns = type.isQuantised() ? size[1] * type.blockSize() : 1 + 130 * (size[1] - 1);
      Tensor w = data.weights(type, size[0], columns);
      FloatMatrix x = data.activations(size[2], columns);
      FloatMatrix actual = FloatMatrix.allocate(arena, size[2], size[0]);
      FloatMatrix expected = FloatMatrix.allocate(arena, size[2], size[0]);
      kernels.linear(w, x, actual);
      scalar.linear(w, x, expected);
      for (int o = 0; o < w.rows(); o++) {
        float[] row = new float[columns];
        Dequantizer.dequantize(type, w.data(), o * w.rowBytes(), row, 0, columns);
        for (int t = 0; t < x.rows(); t++) {
          double error = Math.abs((double) actual.get(t, o) - expected.get(t, o));
          worst = larger(worst, error / bound(type, row, x.row(t)));
        }
      }
    }
    return new Result("product " + type, worst);
  }

  private double bound(DType type, float[] w, float[] x) {
    double magnitude = 0;
    double quantised = 0;
    for (int block = 0; block < w.length; block += BLOCK) {
      double largest = 0;
      double weights = 0;
      for (int i = block; i < Math.min(w.length, block + BLOCK); i++) {
        largest = Math.max(largest, Math.abs(x[i]));
        weights += Math.abs(w[i]);
        magnitude += Math.abs((double) w[i] * x[i]);
      }
      quantised += weights * largest;
    }
    double bound = (w.length / 2.0 + 32) * EPS * magnitude + Float.MIN_NORMAL;
    int steps = steps(type, w.length);
    if (steps > 0) {
      bound += 1.001 * quantised / (2 * steps);
    }
    if (type == DType.BF16 && kernels instanceof NativeKernels) {
      bound += 0x1p-8 * magnitude;
    }
    return bound;
  }

  /** To how many steps activations that meet such rows are quantised; 0 if they are not. */
  private int steps(DType type, int columns) {
    if (kernels instanceof NativeKernels && type.isQuantised()) {
      return activations == Activations.INT8 ? 127 : 32_512;
    }
    boolean rounded = kernels.name().equals("vector") && activations == Activations.INT8;
    return rounded && RoundedProducts.supports(type, columns) ? RoundedTokens.LARGEST : 0;
  }

  private Result attention(DType type) {
    int heads = 6;
    int kvHeads = 2;
    int headDim = 33;
    SampleData data = new SampleData(arena, 5);
    FloatMatrix q = data.activations(LENGTH, heads * headDim);
    KvRows keys = KvRows.allocate(arena, type, LENGTH, kvHeads * headDim);
    KvRows values = KvRows.allocate(arena, type, LENGTH, kvHeads * headDim);
    scalar.store(data.activations(LENGTH, kvHeads * headDim), keys, 0);
    scalar.store(data.activations(LENGTH, kvHeads * headDim), values, 0);
    AttentionSlice all = new AttentionSlice(0, LENGTH, 0, keys, values, new PlainLayout(LENGTH));
    FloatMatrix actual = FloatMatrix.allocate(arena, LENGTH, heads * headDim);
    FloatMatrix expected = FloatMatrix.allocate(arena, LENGTH, heads * headDim);
    for (Run run : List.of(new Run(kernels, actual), new Run(scalar, expected))) {
      run.kernels.attention(
          new AttentionBatch(
              q, keys, values, run.out, List.of(all), heads, kvHeads, headDim, LENGTH / 2));
    }
    return compare("attention over " + type, actual, expected, (headDim + 64) * 4 * EPS);
  }

  private record Run(Kernels kernels, FloatMatrix out) {}

  /** A cache that keeps every position in its own row. */
  private record PlainLayout(int slots) implements KvLayout {
    @Override
    public int slot(int position) {
      return position;
    }

    @Override
    public int run(int position) {
      return slots - position;
    }
  }

  private Result rmsNorm() {
    SampleData data = new SampleData(arena, 6);
    int columns = 131;
    FloatMatrix x = data.activations(3, columns);
    Tensor matrix = data.weights(DType.F32, 1, columns);
    Tensor weight = new Tensor("norm", DType.F32, List.of((long) columns), matrix.data());
    FloatMatrix actual = FloatMatrix.allocate(arena, 3, columns);
    FloatMatrix expected = FloatMatrix.allocate(arena, 3, columns);
    kernels.rmsNorm(x, weight, 1e-5f, actual);
    scalar.rmsNorm(x, weight, 1e-5f, expected);
    return compare("RMS norm", actual, expected, columns * EPS);
  }

  private Result rope() {
    SampleData data = new SampleData(arena, 7);
    int headDim = 6;
    FloatMatrix actual = data.activations(5, 3 * headDim);
    FloatMatrix expected = FloatMatrix.allocate(arena, 5, 3 * headDim);
    expected.data().copyFrom(actual.data());
    FloatMatrix cosSin = data.activations(5, headDim);
    kernels.rope(actual, headDim, cosSin, RopeLayout.INTERLEAVED);
    scalar.rope(expected, headDim, cosSin, RopeLayout.INTERLEAVED);
    return compare("rotary embedding", actual, expected, 40 * EPS);
  }

  private static Result compare(
      String name, FloatMatrix actual, FloatMatrix expected, double bound) {
    double worst = 0;
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        double error = Math.abs((double) actual.get(r, c) - expected.get(r, c));
        worst = larger(worst, error / bound);
      }
    }
    return new Result(name, worst);
  }

  /** The larger one; what is not a number counts as infinite. */
  private static double larger(double a, double b) {
    return Double.isNaN(b) ? Double.POSITIVE_INFINITY : Math.max(a, b);
  }
}
