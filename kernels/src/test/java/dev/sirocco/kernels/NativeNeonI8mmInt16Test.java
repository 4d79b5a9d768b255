package dev.sirocco.kernels;

class NativeNeonI8mmInt16Test extends NativeKernelsContract {

  NativeNeonI8mmInt16Test() {
    super(NativeTier.NEON_I8MM, Activations.INT16);
  }
}
