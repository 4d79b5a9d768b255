package dev.sirocco.kernels;

class NativeAvx512VnniTest extends NativeKernelsContract {

  NativeAvx512VnniTest() {
    super(NativeTier.AVX512_VNNI, Activations.INT8);
  }
}
