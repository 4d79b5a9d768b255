package dev.sirocco.kernels;

/** The scalar kernels keep their own promises too. */
class ScalarKernelsContractTest extends KernelsContractTest {

  @Override
  Kernels open(int threads) {
    return new ScalarKernels(new KernelOptions(threads));
  }
}
