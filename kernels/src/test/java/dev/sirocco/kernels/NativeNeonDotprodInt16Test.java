package dev.sirocco.kernels;

class NativeNeonDotprodInt16Test extends NativeKernelsContract {

  NativeNeonDotprodInt16Test() {
    super(NativeTier.NEON_DOTPROD, Activations.INT16);
  }
}
