package dev.sirocco.kernels;

class NativeBaselineInt16Test extends NativeKernelsContract {

  NativeBaselineInt16Test() {
    super(NativeTier.BASELINE, Activations.INT16);
  }
}
