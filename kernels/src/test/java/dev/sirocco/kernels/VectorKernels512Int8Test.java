package dev.sirocco.kernels;

/** Vectors of 512 bits, and activations that may be rounded. */
class VectorKernels512Int8Test extends VectorKernelsInt8Contract {

  VectorKernels512Int8Test() {
    super(512);
  }
}
