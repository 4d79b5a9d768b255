package dev.sirocco.kernels;

/**
 * How kernels run.
 *
 * @param threads threads that share each operation's work, the caller's included; 1 to 4096
 * @param activations how finely kernels may quantise activations
 */
public record KernelOptions(int threads, Activations activations) {

  /**
   * @throws IllegalArgumentException if {@code threads} is out of range
   */
  public KernelOptions {
    if (threads < 1 || threads > 4096) {
      throw new IllegalArgumentException(
          "threads must be 1 to 4096, but is %d; leave it out to use all of this machine's %d"
              .formatted(threads, Runtime.getRuntime().availableProcessors()));
    }
  }

  /** With 16-bit activations. */
  public KernelOptions(int threads) {
    this(threads, Activations.INT16);
  }

  /** One thread for each processor that this process may use, and 16-bit activations. */
  public static KernelOptions defaults() {
    return new KernelOptions(Runtime.getRuntime().availableProcessors());
  }
}
