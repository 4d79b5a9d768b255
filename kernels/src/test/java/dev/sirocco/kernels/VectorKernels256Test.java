package dev.sirocco.kernels;

/** Vectors of 256 bits. */
class VectorKernels256Test extends KernelsContractTest {

  @Override
  Kernels open(int threads) {
    return VectorWidths.open(256, threads);
  }
}
