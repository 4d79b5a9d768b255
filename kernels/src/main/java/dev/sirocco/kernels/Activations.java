package dev.sirocco.kernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How finely activations may be quantised for products with quantised weights, in blocks of 32
 * elements with one scale. The C kernels do so; the vector kernels only with {@link #INT8}, for
 * weights of Q4_0 in rows of whole 64s and of Q4_K, on CPUs with vectors of 256 bits or more; else
 * they multiply with 32-bit floats, as the scalar kernels always do.
 */
public enum Activations {
  /** 8-bit integers, or finer ones where these cost nothing: the fastest at decoding. */
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
