package dev.sirocco.kernels;

import dev.sirocco.tensor.DType;

/**
 * The contract for C kernels. Their activations have errors of up to half a step: the largest of a
 * block of 32 divided by 254 (or 65,024 in 16 bits). For the tests' normally distributed elements
 * the largest is below 5 deviations, and weights that meet it at least 0.6 deviations on average,
 * so that 5 / 0.6 / 254 of the magnitude bounds the error; bfloat16 rounds by 2^-9.
 */
abstract class NativeKernelsContract extends KernelsContractTest {

  private final NativeTier tier;
  private final Activations activations;

  NativeKernelsContract(NativeTier tier, Activations activations) {
    this.tier = tier;
    this.activations = activations;
  }

  @Override
  Kernels open(int threads) {
    return NativeKernelsTests.open(tier, activations, threads);
  }

  @Override
  double tolerance(DType type, int d, double magnitude) {
    double exact = super.tolerance(type, d, magnitude);
    if (type.isQuantised()) {
      return exact + magnitude * 5 / 0.6 / (activations == Activations.INT8 ? 254 : 65_024);
    }
    boolean rounded = type == DType.BF16 && tier == NativeTier.AVX512_BF16;
    return exact * 2 + (rounded ? 0x1p-8 * magnitude : 0);
  }
}
