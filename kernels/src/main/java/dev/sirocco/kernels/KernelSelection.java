package dev.sirocco.kernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The kernels that were picked, and why.
 *
 * @param kernels what runs; the holder closes it
 * @param reason one line for people: what was picked and why
 */
public record KernelSelection(Kernels kernels, String reason) {

  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  private static final String VECTOR_REMEDY =
      "the module is missing; start Java with --add-modules " + VECTOR_MODULE;

  /** What to pick. */
  public enum Choice {
    /** {@link ScalarKernels}: exact and slow. */
    SCALAR,
    /** {@link VectorKernels}: the Vector API. */
    VECTOR,
    /** {@link NativeKernels}: C. */
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
      case VECTOR -> {
        if (!vectorModuleIsThere()) {
          throw new IllegalStateException("vector kernels are not there: " + VECTOR_REMEDY);
        }
        yield new KernelSelection(new VectorKernels(options), "vector kernels, as asked");
      }
      case NATIVE -> {
        try {
          NativeKernels kernels = NativeKernels.open(options);
          yield new KernelSelection(kernels, "native kernels, as asked; " + kernels.reason());
        } catch (NativeUnavailableException e) {
          throw new IllegalStateException("native kernels are not there: " + e.getMessage(), e);
        }
      }
      case AUTO -> fastest(options);
    };
  }

  /**
   * Why native kernels cannot be used here, with the remedy; empty if they can.
   *
   * @throws IllegalArgumentException if {@value NativeKernels#TIER_PROPERTY} names no tier
   */
  public static Optional<String> nativeProblem() {
    try {
      NativeKernels.pickTier();
      return Optional.empty();
    } catch (NativeUnavailableException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Native kernels, else vector kernels, else scalar ones, and why none faster. */
  private static KernelSelection fastest(KernelOptions options) {
    String problem;
    try {
      NativeKernels kernels = NativeKernels.open(options);
      return new KernelSelection(kernels, "native kernels, " + kernels.reason());
    } catch (NativeUnavailableException e) {
      problem = "native kernels are not there: " + e.getMessage();
    }
    if (vectorModuleIsThere()) {
      return new KernelSelection(new VectorKernels(options), "vector kernels; " + problem);
    }
    return new KernelSelection(
        new ScalarKernels(options),
        "scalar kernels, which are slow: " + VECTOR_REMEDY + "; " + problem);
  }

  /** Whether the module was resolved, at start-up or later: then its classes can be found. */
  static boolean vectorModuleIsThere() {
    try {
      Class.forName(VECTOR_MODULE + ".FloatVector", false, KernelSelection.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
