package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The kernels that a contract is about, with one to three threads, beside the scalar ones. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
abstract class KernelsFixture {

  static final float EPS = 0x1p-24f;

  final ScalarKernels scalar = new ScalarKernels(new KernelOptions(2));
  final List<Kernels> instances = new ArrayList<>();
  final Arena arena = Arena.ofShared();
  Kernels kernels = scalar;

  /** New kernels with that many threads. */
  abstract Kernels open(int threads);

  @BeforeAll
  void openKernels() {
    kernels = open(2);
    instances.add(kernels);
    instances.add(open(1));
    instances.add(open(3));
  }

  @AfterAll
  void closeKernels() {
    instances.forEach(Kernels::close);
    scalar.close();
    arena.close();
  }

  static void assertClose(float actual, float expected, double bound, String what) {
    if (!(Math.abs((double) actual - expected) <= bound)) {
      throw new AssertionError(
          "%s: %s is not within %s of %s".formatted(what, actual, bound, expected));
    }
  }

  static void assertRelative(FloatMatrix actual, FloatMatrix expected, double relative) {
    for (int r = 0; r < expected.rows(); r++) {
      for (int c = 0; c < expected.columns(); c++) {
        double bound = relative * Math.max(1e-3, Math.abs(expected.get(r, c)));
        assertClose(actual.get(r, c), expected.get(r, c), bound, "[" + r + ", " + c + "]");
      }
    }
  }

  static void assertSameBits(FloatMatrix actual, FloatMatrix expected) {
    assertThat(actual.data().byteSize()).isEqualTo(expected.data().byteSize());
    long at = actual.data().mismatch(expected.data());
    if (at >= 0) {
      int element = (int) (at / 4);
      throw new AssertionError(
          "element %d of %d differs".formatted(element, actual.rows() * actual.columns()));
    }
  }
}
