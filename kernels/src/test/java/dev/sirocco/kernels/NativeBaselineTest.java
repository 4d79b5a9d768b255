package dev.sirocco.kernels;

class NativeBaselineTest extends NativeKernelsContract {

  NativeBaselineTest() {
    super(NativeTier.BASELINE, Activations.INT8);
  }
}
