package dev.sirocco.kernels;

class NativeNeonI8mmTest extends NativeKernelsContract {

  NativeNeonI8mmTest() {
    super(NativeTier.NEON_I8MM, Activations.INT8);
  }
}
