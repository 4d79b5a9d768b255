package dev.sirocco.kernels;

class NativeAvx512Bf16Int16Test extends NativeKernelsContract {

  NativeAvx512Bf16Int16Test() {
    super(NativeTier.AVX512_BF16, Activations.INT16);
  }
}
