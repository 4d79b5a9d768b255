package dev.sirocco.kernels;

/** Vectors of 512 bits. */
class VectorKernels512Test extends KernelsContractTest {

  @Override
  Kernels open(int threads) {
    return VectorWidths.open(512, threads);
  }
}
