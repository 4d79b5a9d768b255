package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What every implementation of {@link Kernels} must do, against {@link ScalarKernels}. */
abstract class KernelsContractTest extends RowsContract {

  /**
   * The largest error that is allowed where the products of {@code d} elements are added, {@code
   * magnitude} being the sum of their absolute values.
   */
  double tolerance(DType type, int d, double magnitude) {
    return (d / 4.0 + 16) * EPS * magnitude;
  }

  /** Rows, blocks (or odd lengths, for plain floats) and tokens of a product. */
  private record Sizes(int rows, int blocks, int tokens) {
    int columns(DType type) {
      return blocks * type.blockSize();
    }
  }

  private static List<Sizes> sizes(DType type) {
    return type.isQuantised()
        ? List.of(
            new Sizes(1, 1, 1),
            new Sizes(5, 3, 2),
            new Sizes(33, 5, 13),
            new Sizes(70, 4, 30),
            new Sizes(4, 1025 / type.blockSize() + 2, 1))
        : List.of(
            new Sizes(1, 1, 1),
            new Sizes(3, 17, 5),
            new Sizes(4, 129, 1),
            new Sizes(35, 1031, 7),
            new Sizes(8, 2048, 3),
            new Sizes(64, 31, 29));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void linearEqualsTheScalarKernels(DType type) {
    for (Sizes size : sizes(type)) {
      RandomData random = new RandomData(arena, size.hashCode());
      Tensor w = random.weights(type, size.rows, size.columns(type));
      FloatMatrix x = random.activations(size.tokens, w.columns());
      assertProduct(w, x, linear(kernels, w, x));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void aRowsProductIsTheSameBitForBitWhateverTheBatchAndTheThreads(DType type) {
    int[] columns =
        type.isQuantised()
            ? new int[] {5 * type.blockSize(), 38 * type.blockSize(), 40 * type.blockSize()}
            : new int[] {1051};
    for (int d : columns) {
      assertSameWhateverTheBatch(type, d);
    }
  }

  private void assertSameWhateverTheBatch(DType type, int columns) {
    RandomData random = new RandomData(arena, 3);
    Tensor w = random.weights(type, 37, columns);
    FloatMatrix x = random.activations(31, columns);
    FloatMatrix all = linear(kernels, w, x);
    for (Kernels other : instances) {
      for (int step : new int[] {1, 2, 3, 4, 5, 16, 17, 31}) {
        for (int first = 0; first < x.rows(); first += step) {
          int count = Math.min(step, x.rows() - first);
          FloatMatrix part = linear(other, w, x.rows(first, count));
          assertSameBits(part, all.rows(first, count));
        }
      }
    }
  }

  /** More rows than a thread takes at a time, of several matrices. */
  @Test
  void aSingleTokenMeetsEveryRow() {
    RandomData random = new RandomData(arena, 4);
    List<Tensor> w =
        List.of(
            random.weights(DType.Q4_0, 400, 256),
            random.weights(DType.F32, 1, 256),
            random.weights(DType.Q4_K, 77, 256),
            random.weights(DType.Q8_0, 200, 256));
    Tensor up = random.weights(DType.Q4_0, 400, 256);
    FloatMatrix x = random.activations(3, 256);
    List<FloatMatrix> all = results(w, 3);
    List<FloatMatrix> alone = results(w, 1);
    FloatMatrix gated = FloatMatrix.allocate(arena, 3, 400);
    FloatMatrix gatedAlone = FloatMatrix.allocate(arena, 1, 400);

    kernels.linear(w, x, all);
    kernels.linear(w, x.rows(2, 1), alone);
    kernels.gatedSilu(w.getFirst(), up, x, gated);
    kernels.gatedSilu(w.getFirst(), up, x.rows(2, 1), gatedAlone);

    for (int i = 0; i < w.size(); i++) {
      assertProduct(w.get(i), x, all.get(i));
      assertSameBits(alone.get(i), all.get(i).rows(2, 1));
    }
    assertSameBits(gatedAlone, gated.rows(2, 1));
  }

  private List<FloatMatrix> results(List<Tensor> w, int tokens) {
    return w.stream().map(weights -> FloatMatrix.allocate(arena, tokens, weights.rows())).toList();
  }

  /** Bits of factors and codes: with the least and the largest units, infinity and NaN. */
  @ParameterizedTest
  @CsvSource({"0, 0", "0xFF, 0xFF", "0xFF, 0", "0, 0xFF", "0x3F, 0x0F", "0xC0, 0xF0"})
  void extremeBlocksGiveTheSameWithOneTokenAsWithSeveral(String factors, String codes) {
    FloatMatrix x = new RandomData(arena, 15).activations(5, 512);
    for (int unit : new int[] {0, 1, 0x3C00, 0x7BFF, 0x8001, 0xFBFF, 0x7C00, 0x7E00}) {
      Tensor w = uniform(Integer.decode(factors), Integer.decode(codes), (short) unit);
      FloatMatrix all = linear(kernels, w, x);
      FloatMatrix first = linear(kernels, w, x.rows(0, 1));
      if (unit == 0x7C00 || unit == 0x7E00) {
        assertNoneFinite(all);
        assertNoneFinite(first);
      } else {
        assertProduct(w, x, all);
        assertSameBits(first, all.rows(0, 1));
      }
    }
  }

  private static void assertNoneFinite(FloatMatrix y) {
    for (int row = 0; row < y.rows(); row++) {
      for (int column = 0; column < y.columns(); column++) {
        assertThat(y.get(row, column)).isNaN();
      }
    }
  }

  /** Four rows of Q4_K with such bytes, all scales and minima being in this unit. */
  private Tensor uniform(int factors, int codes, short unit) {
    long bytes = 4 * DType.Q4_K.bytes(512);
    MemorySegment data = arena.allocate(bytes, 1);
    for (long block = 0; block < bytes; block += DType.Q4_K.blockBytes()) {
      data.set(JAVA_SHORT_UNALIGNED, block, unit);
      data.set(JAVA_SHORT_UNALIGNED, block + 2, unit);
      data.asSlice(block + 4, 12).fill((byte) factors);
      data.asSlice(block + 16, 128).fill((byte) codes);
    }
    return Tensor.matrix("uniform", DType.Q4_K, 4, 512, data);
  }

  @Test
  void severalProductsOfOneInputEqualSingleOnes() {
    RandomData random = new RandomData(arena, 4);
    List<Tensor> w =
        List.of(
            random.weights(DType.Q4_0, 70, 256),
            random.weights(DType.Q4_K, 33, 256),
            random.weights(DType.F32, 1, 256),
            random.weights(DType.Q8_0, 32, 256));
    FloatMatrix x = random.activations(9, 256);
    List<FloatMatrix> y = w.stream().map(t -> FloatMatrix.allocate(arena, 9, t.rows())).toList();
    kernels.linear(w, x, y);
    for (int i = 0; i < w.size(); i++) {
      assertSameBits(y.get(i), linear(kernels, w.get(i), x));
    }
  }

  @Test
  void moreTokensThanArePackedAtOnceGiveTheSameRows() {
    RandomData random = new RandomData(arena, 5);
    FloatMatrix x = random.activations(1030, 256);
    for (DType type : List.of(DType.Q4_K, DType.Q4_0)) {
      Tensor w = random.weights(type, 3, 256);
      FloatMatrix all = linear(kernels, w, x);
      for (int row : new int[] {0, 511, 512, 513, 1029}) {
        assertSameBits(linear(kernels, w, x.rows(row, 1)), all.rows(row, 1));
      }
      assertSameBits(linear(kernels, w, x.rows(0, 513)), all.rows(0, 513));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Q4_0, Q8_0",
    "Q8_0, Q4_0",
    "Q4_0, F32",
    "F32, Q4_0",
    "Q4_0, Q4_K",
    "Q4_K, Q4_0",
    "Q4_K, Q8_0",
    "Q8_0, Q4_K"
  })
  void theMatricesOfGatedSiluMayDifferInType(DType gate, DType up) {
    RandomData random = new RandomData(arena, 13);
    Tensor w1 = random.weights(gate, 70, 256);
    Tensor w3 = random.weights(up, 70, 256);
    for (int tokens : new int[] {1, 2, 7}) {
      FloatMatrix x = random.activations(tokens, 256);
      FloatMatrix actual = FloatMatrix.allocate(arena, tokens, 70);
      try (Kernels fresh = open(2)) {
        fresh.gatedSilu(w1, w3, x, actual);
      }
      FloatMatrix gates = linear(kernels, w1, x);
      FloatMatrix ups = linear(kernels, w3, x);
      for (int t = 0; t < tokens; t++) {
        for (int o = 0; o < 70; o++) {
          double g = gates.get(t, o);
          double expected = g / (1 + Math.exp(-g)) * ups.get(t, o);
          double bound = 1e-5 * Math.abs(g * ups.get(t, o)) + 1e-30;
          assertClose(actual.get(t, o), (float) expected, bound, t + ", " + o);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16", "Q4_0", "Q4_K", "Q6_K"})
  void gatedSiluEqualsTheScalarKernels(DType type) {
    for (Sizes size : sizes(type)) {
      RandomData random = new RandomData(arena, size.hashCode() + 1L);
      Tensor w1 = random.weights(type, size.rows, size.columns(type));
      Tensor w3 = random.weights(type, size.rows, size.columns(type));
      FloatMatrix x = random.activations(size.tokens, w1.columns());
      FloatMatrix actual = FloatMatrix.allocate(arena, size.tokens, size.rows);
      FloatMatrix expected = FloatMatrix.allocate(arena, size.tokens, size.rows);
      kernels.gatedSilu(w1, w3, x, actual);
      scalar.gatedSilu(w1, w3, x, expected);
      for (int t = 0; t < size.tokens; t++) {
        for (int o = 0; o < size.rows; o++) {
          double gate = magnitude(w1, o, x, t);
          double up = magnitude(w3, o, x, t);
          double bound =
              1.2 * tolerance(type, w1.columns(), gate) * up
                  + 1.2 * tolerance(type, w1.columns(), up) * gate
                  + 1e-6 * gate * up;
          assertClose(actual.get(t, o), expected.get(t, o), bound + 1e-30, type + " " + size);
        }
      }
      FloatMatrix last = FloatMatrix.allocate(arena, 1, size.rows);
      kernels.gatedSilu(w1, w3, x.rows(size.tokens - 1, 1), last);
      assertSameBits(last, actual.rows(size.tokens - 1, 1));
    }
  }

  @Test
  void siluOfExtremeGatesIsFinite() {
    Tensor one = new RandomData(arena, 1).weights(DType.F32, 1, 1);
    one.data().set(JAVA_FLOAT_UNALIGNED, 0, 1f);
    FloatMatrix x = FloatMatrix.of(arena, new float[] {-1e4f}, new float[] {0}, new float[] {1e4f});
    FloatMatrix y = FloatMatrix.allocate(arena, 3, 1);
    kernels.gatedSilu(one, one, x, y);
    assertThat(Math.abs(y.get(0, 0))).isLessThan(1e-25f);
    assertThat(y.get(1, 0)).isZero();
    assertThat(y.get(2, 0)).isEqualTo(1e8f);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"Q4_0", "Q4_K", "Q8_0"})
  void aNonFiniteActivationStaysInItsRow(DType type) {
    RandomData random = new RandomData(arena, 11);
    Tensor w = random.weights(type, 40, 256);
    FloatMatrix x = random.activations(8, 256);
    FloatMatrix clean = linear(kernels, w, x);
    x.set(5, 3, Float.NaN);
    x.set(6, 3, Float.POSITIVE_INFINITY);
    FloatMatrix dirty = linear(kernels, w, x);
    assertSameBits(dirty.rows(0, 5), clean.rows(0, 5));
    assertSameBits(dirty.rows(7, 1), clean.rows(7, 1));
    assertThat(dirty.get(5, 0)).isNaN();
    assertThat(Float.isFinite(dirty.get(6, 0))).isFalse();
  }

  @Test
  void noTokensGiveNoResults() {
    RandomData random = new RandomData(arena, 12);
    FloatMatrix none = random.activations(0, 64);
    FloatMatrix y = FloatMatrix.allocate(arena, 0, 8);
    kernels.linear(random.weights(DType.Q4_0, 8, 64), none, y);
    kernels.add(y, y);
    kernels.gather(y, new int[0], y);
    kernels.addScaledRows(y, new int[0], new float[0], y);
    assertThat(kernels.isFinite(y)).isTrue();
    assertThat(y.rows()).isZero();
  }

  private FloatMatrix linear(Kernels with, Tensor w, FloatMatrix x) {
    FloatMatrix y = FloatMatrix.allocate(arena, x.rows(), w.rows());
    with.linear(w, x, y);
    return y;
  }

  private void assertProduct(Tensor w, FloatMatrix x, FloatMatrix actual) {
    FloatMatrix expected = linear(scalar, w, x);
    for (int t = 0; t < x.rows(); t++) {
      for (int o = 0; o < w.rows(); o++) {
        double bound = tolerance(w.dtype(), w.columns(), magnitude(w, o, x, t));
        assertClose(actual.get(t, o), expected.get(t, o), bound, w + " row " + o + " token " + t);
      }
    }
  }

  /** Sum of the absolute values of the products. */
  private static double magnitude(Tensor w, int row, FloatMatrix x, int token) {
    float[] weights = new float[w.columns()];
    Dequantizer.dequantize(w.dtype(), w.data(), row * w.rowBytes(), weights, 0, weights.length);
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += Math.abs((double) weights[i] * x.get(token, i));
    }
    return sum;
  }
}
