package dev.sirocco.kernels;

class NativeAvx2Test extends NativeKernelsContract {

  NativeAvx2Test() {
    super(NativeTier.AVX2, Activations.INT8);
  }
}
