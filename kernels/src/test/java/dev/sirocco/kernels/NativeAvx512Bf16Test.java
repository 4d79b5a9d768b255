package dev.sirocco.kernels;

class NativeAvx512Bf16Test extends NativeKernelsContract {

  NativeAvx512Bf16Test() {
    super(NativeTier.AVX512_BF16, Activations.INT8);
  }
}
