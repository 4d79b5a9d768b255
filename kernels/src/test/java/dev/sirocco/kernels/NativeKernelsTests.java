package dev.sirocco.kernels;

import static org.assertj.core.api.Assumptions.assumeThat;

/** How tests get native kernels of a given tier. */
final class NativeKernelsTests {

  private NativeKernelsTests() {}

  /** New kernels; the test is skipped where the library or the CPU does not have the tier. */
  static Kernels open(NativeTier tier, Activations activations, int threads) {
    try {
      return NativeKernels.open(new KernelOptions(threads, activations), tier);
    } catch (NativeUnavailableException e) {
      assumeThat(false).as(e.getMessage()).isTrue();
      throw new IllegalStateException(e);
    }
  }
}
