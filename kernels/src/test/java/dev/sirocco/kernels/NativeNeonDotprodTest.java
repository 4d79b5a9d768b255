package dev.sirocco.kernels;

class NativeNeonDotprodTest extends NativeKernelsContract {

  NativeNeonDotprodTest() {
    super(NativeTier.NEON_DOTPROD, Activations.INT8);
  }
}
