package dev.sirocco.kernels;

/**
 * How kernels run.
 *
 * @param threads threads that share each operation's work, the caller's included; 1 to 4096
 */
public record KernelOptions(int threads) {

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

  /** One thread for each processor that this process may use. */
  public static KernelOptions defaults() {
    return new KernelOptions(Runtime.getRuntime().availableProcessors());
  }
}
