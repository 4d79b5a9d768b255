package dev.sirocco.kernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Instruction sets that the C kernels are compiled for, each built on the one before. */
public enum NativeTier {
  /** Plain C, for any CPU. */
  BASELINE(0),
  /** AVX2 with FMA and F16C. */
  AVX2(1),
  /** AVX2 with the 256-bit VNNI instructions. */
  AVX_VNNI(2),
  /** AVX-512 F, BW, VL, DQ and VNNI. */
  AVX512_VNNI(3),
  /** The same with bfloat16 products. */
  AVX512_BF16(4),
  /** AArch64 with dot products. */
  NEON_DOTPROD(5),
  /** The same with 8-bit matrix products. */
  NEON_I8MM(6);

  private final int number;

  NativeTier(int number) {
    this.number = number;
  }

  /** The number of the tier in {@code sirocco.h}. */
  int number() {
    return number;
  }

  /** Lower-case name with hyphens, such as {@code avx512-vnni}. */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The tier of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static NativeTier of(String name) {
    return Arrays.stream(values())
        .filter(tier -> tier.optionName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown native tier '%s'; choose one of %s"
                        .formatted(
                            name,
                            Arrays.stream(values())
                                .map(NativeTier::optionName)
                                .collect(Collectors.joining(", ")))));
  }
}
