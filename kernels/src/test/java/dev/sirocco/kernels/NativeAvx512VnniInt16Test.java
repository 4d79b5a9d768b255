package dev.sirocco.kernels;

class NativeAvx512VnniInt16Test extends NativeKernelsContract {

  NativeAvx512VnniInt16Test() {
    super(NativeTier.AVX512_VNNI, Activations.INT16);
  }
}
