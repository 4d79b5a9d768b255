package dev.sirocco.kernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How finely activations are quantised for products with quantised weights, in blocks of 32
 * elements with one scale. Only the C kernels do so; the others multiply with 32-bit floats.
 */
public enum Activations {
  /** 8-bit integers: the fastest. */
  INT8(1),
  /** 16-bit integers, in two 8-bit planes: close to exact. */
  INT16(2);

  private final int planes;

  Activations(int planes) {
    this.planes = planes;
  }

  /** Bytes of an element. */
  int planes() {
    return planes;
  }

  /** The name on the command line. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The choice of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Activations of(String name) {
    return Arrays.stream(values())
        .filter(choice -> choice.optionName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown activations '%s'; choose one of %s"
                        .formatted(
                            name,
                            Arrays.stream(values())
                                .map(Activations::optionName)
                                .collect(Collectors.joining(", ")))));
  }
}
