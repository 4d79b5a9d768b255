package dev.sirocco.kernels;

class NativeAvxVnniTest extends NativeKernelsContract {

  NativeAvxVnniTest() {
    super(NativeTier.AVX_VNNI, Activations.INT8);
  }
}
