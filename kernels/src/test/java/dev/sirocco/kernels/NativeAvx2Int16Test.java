package dev.sirocco.kernels;

class NativeAvx2Int16Test extends NativeKernelsContract {

  NativeAvx2Int16Test() {
    super(NativeTier.AVX2, Activations.INT16);
  }
}
