package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Activations that may be rounded: to 10 bits for weights of Q4_0 and Q4_K, in blocks of 32, with
 * half a step of error as {@link NativeKernelsContract} derives it for 8 bits.
 */
abstract class VectorKernelsInt8Contract extends KernelsContractTest {

  private static final int COLUMNS = 256;

  private final int bits;

  VectorKernelsInt8Contract(int bits) {
    this.bits = bits;
  }

  @Override
  Kernels open(int threads) {
    return VectorWidths.open(bits, new KernelOptions(threads, Activations.INT8));
  }

  @Override
  double tolerance(DType type, int d, double magnitude) {
    double exact = super.tolerance(type, d, magnitude);
    return type == DType.Q4_0 || type == DType.Q4_K ? exact + magnitude * 5 / 0.6 / 1022 : exact;
  }

  @ParameterizedTest
  @CsvSource({
    "Q4_0, 1, 256",
    "Q4_0, 4, 256",
    "Q4_0, 1, 192",
    "Q4_0, 4, 192",
    "Q4_K, 1, 256",
    "Q4_K, 4, 256",
    "Q4_K, 1, 2816",
    "Q4_K, 4, 2816"
  })
  void resultsAreThoseOfActivationsInTenBits(DType type, int tokens, int columns) {
    RandomData random = new RandomData(arena, 20);
    Tensor w = random.weights(type, 5, columns);
    FloatMatrix x = random.activations(tokens, columns);

    FloatMatrix y = product(w, x);

    double largest = 0;
    for (int t = 0; t < tokens; t++) {
      double[] rounded = rounded(x.row(t));
      for (int o = 0; o < w.rows(); o++) {
        double expected = dot(row(w, o), rounded);
        assertClose(y.get(t, o), (float) expected, 1e-6 * columns, "token " + t + " row " + o);
        largest = Math.max(largest, Math.abs(dot(row(w, o), x.row(t)) - expected));
      }
    }
    assertThat(largest).as("what rounding costs").isGreaterThan(1e-3);
  }

  /** Sums of the largest size that 16 bits must hold, and of mixed weights, of either sign. */
  @ParameterizedTest
  @CsvSource({"Q4_0, 1", "Q4_0, 4", "Q4_K, 1", "Q4_K, 4"})
  void extremeSumsAreExact(DType type, int tokens) {
    for (int code : new int[] {0x00, 0xFF, 0x0F}) {
      Tensor w = uniform(type, code);
      for (float sign : new float[] {1, -1}) {
        FloatMatrix x = FloatMatrix.allocate(arena, tokens, COLUMNS);
        for (int t = 0; t < tokens; t++) {
          for (int i = 0; i < COLUMNS; i++) {
            x.set(t, i, sign * 511);
          }
        }
        double expected = dot(row(w, 2), x.row(0));
        assertThat(product(w, x).get(tokens - 1, 2)).isEqualTo((float) expected);
      }
    }
  }

  /** Each element of a block meets its own weight, with its own scale and minimum. */
  @ParameterizedTest
  @CsvSource({"Q4_0, 1", "Q4_0, 4", "Q4_K, 1", "Q4_K, 4"})
  void everyElementHasItsPlace(DType type, int tokens) {
    Tensor w = new RandomData(arena, 21).weights(type, 3, COLUMNS);
    float[] weights = row(w, 1);
    for (int i = 0; i < COLUMNS; i++) {
      FloatMatrix x = FloatMatrix.allocate(arena, tokens, COLUMNS);
      x.set(tokens - 1, i, 511);
      float expected = 511 * weights[i];
      double bound = 1e-5 * Math.abs(expected) + 1e-3;
      assertClose(product(w, x).get(tokens - 1, 1), expected, bound, "element " + i);
    }
  }

  /** Scales that are subnormal as numbers of 16 bits, as blocks of small weights have them. */
  @ParameterizedTest
  @CsvSource({"Q4_0, 1", "Q4_0, 4", "Q4_K, 1", "Q4_K, 4"})
  void smallScalesCount(DType type, int tokens) {
    Tensor w = uniform(type, 0x5C);
    for (long block = 0; block < w.data().byteSize(); block += type.blockBytes()) {
      w.data().set(JAVA_SHORT_UNALIGNED, block, (short) 0x0123);
      if (type == DType.Q4_K) {
        w.data().set(JAVA_SHORT_UNALIGNED, block + 2, (short) 0x0032);
      }
    }
    FloatMatrix x = FloatMatrix.allocate(arena, tokens, COLUMNS);
    for (int i = 0; i < COLUMNS; i++) {
      x.set(tokens - 1, i, 511);
    }
    double expected = dot(row(w, 2), x.row(tokens - 1));
    float actual = product(w, x).get(tokens - 1, 2);
    assertThat(expected).isNotZero();
    assertThat(actual).isCloseTo((float) expected, withPercentage(1e-4));
  }

  private FloatMatrix product(Tensor w, FloatMatrix x) {
    FloatMatrix y = FloatMatrix.allocate(arena, x.rows(), w.rows());
    kernels.linear(w, x, y);
    return y;
  }

  /** Three rows whose bytes of two weights, and of scales of parts, are all {@code code}. */
  private Tensor uniform(DType type, int code) {
    long bytes = 3 * type.bytes(COLUMNS);
    MemorySegment data = arena.allocate(bytes, 1);
    for (long block = 0; block < bytes; block += type.blockBytes()) {
      data.asSlice(block, type.blockBytes()).fill((byte) code);
      data.set(JAVA_SHORT_UNALIGNED, block, Float.floatToFloat16(1));
      if (type == DType.Q4_K) {
        data.set(JAVA_SHORT_UNALIGNED, block + 2, Float.floatToFloat16(0.5f));
      }
    }
    return Tensor.matrix("uniform", type, 3, COLUMNS, data);
  }

  private static float[] row(Tensor w, int row) {
    float[] weights = new float[w.columns()];
    Dequantizer.dequantize(w.dtype(), w.data(), row * w.rowBytes(), weights, 0, weights.length);
    return weights;
  }

  /** In steps of a 511th of the largest of each 32. */
  private static double[] rounded(float[] x) {
    double[] rounded = new double[x.length];
    for (int block = 0; block < x.length; block += 32) {
      float largest = 0;
      for (int i = block; i < block + 32; i++) {
        largest = Math.max(largest, Math.abs(x[i]));
      }
      for (int i = block; i < block + 32; i++) {
        rounded[i] = Math.rint(x[i] * (511 / largest)) * (double) (largest / 511);
      }
    }
    return rounded;
  }

  private static double dot(float[] w, double[] x) {
    double sum = 0;
    for (int i = 0; i < w.length; i++) {
      sum += w[i] * x[i];
    }
    return sum;
  }

  private static double dot(float[] w, float[] x) {
    double[] exact = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      exact[i] = x[i];
    }
    return dot(w, exact);
  }
}
