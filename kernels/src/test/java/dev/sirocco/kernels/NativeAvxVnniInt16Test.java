package dev.sirocco.kernels;

class NativeAvxVnniInt16Test extends NativeKernelsContract {

  NativeAvxVnniInt16Test() {
    super(NativeTier.AVX_VNNI, Activations.INT16);
  }
}
