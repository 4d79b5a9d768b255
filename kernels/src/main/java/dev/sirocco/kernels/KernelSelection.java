package dev.sirocco.kernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The kernels that were picked, and why.
 *
 * @param kernels what runs; the holder closes it
 * @param reason one line for people: what was picked and why
 */
public record KernelSelection(Kernels kernels, String reason) {

  /** What to pick. */
  public enum Choice {
    /** {@link ScalarKernels}: exact and slow. */
    SCALAR,
    /** {@code VectorKernels}: the Vector API. */
    VECTOR,
    /** {@code NativeKernels}: C. */
    NATIVE,
    /** The fastest that is there. */
    AUTO;

    /**
     * The choice of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Choice of(String name) {
      return Arrays.stream(values())
          .filter(choice -> choice.optionName().equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "unknown kernels '%s'; choose one of %s".formatted(name, names())));
    }

    /** The name on the command line. */
    public String optionName() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static String names() {
      return Arrays.stream(values()).map(Choice::optionName).collect(Collectors.joining(", "));
    }
  }

  /**
   * Starts the chosen kernels.
   *
   * @throws IllegalStateException if they are not there; the message tells why, and the remedy
   */
  public static KernelSelection pick(Choice choice, KernelOptions options) {
    return switch (choice) {
      case SCALAR -> new KernelSelection(new ScalarKernels(options), "scalar kernels, as asked");
      case VECTOR, NATIVE ->
          throw new IllegalStateException(
              choice.optionName() + " kernels are not there; choose scalar or auto");
      case AUTO ->
          new KernelSelection(
              new ScalarKernels(options), "scalar kernels, as nothing faster is there");
    };
  }
}
