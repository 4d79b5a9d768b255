package dev.sirocco.kernels;

/** Vectors of 128 bits. */
class VectorKernels128Test extends KernelsContractTest {

  @Override
  Kernels open(int threads) {
    return VectorWidths.open(128, threads);
  }
}
