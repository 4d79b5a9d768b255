package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Vectors of 256 bits, and activations that may be rounded. */
class VectorKernels256Int8Test extends VectorKernelsInt8Contract {

  VectorKernels256Int8Test() {
    super(256);
  }

  @Test
  void narrowVectorsRoundNothing() {
    RandomData random = new RandomData(arena, 21);
    Tensor w = random.weights(DType.Q4_0, 5, 128);
    FloatMatrix x = random.activations(2, 128);
    try (Kernels rounding = VectorWidths.open(128, new KernelOptions(1, Activations.INT8));
        Kernels exact = VectorWidths.open(128, 1)) {
      FloatMatrix y = FloatMatrix.allocate(arena, 2, 5);
      FloatMatrix expected = FloatMatrix.allocate(arena, 2, 5);
      rounding.linear(w, x, y);
      exact.linear(w, x, expected);
      assertSameBits(y, expected);
      assertThat(rounding.description()).isEqualTo(exact.description());
    }
  }
}
