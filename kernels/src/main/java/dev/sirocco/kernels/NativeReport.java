package dev.sirocco.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What is known of the C kernels here, whether or not they can be used.
 *
 * @param platform operating system and CPU, such as {@code linux-x86_64}
 * @param library where the library comes from; empty if the build made none
 * @param build with what compiler and which tiers it was built, or why not
 * @param problem why it cannot be used, with the remedy; empty if it can
 * @param tiers every tier, in ascending order of preference; empty without a library
 */
public record NativeReport(
    String platform,
    Optional<String> library,
    String build,
    Optional<String> problem,
    List<Tier> tiers) {

  /** Whether a tier can run. */
  public enum State {
    /** In the library, and the CPU and the operating system run it. */
    USABLE,
    /** In the library, but the CPU or the operating system does not run it. */
    NOT_ON_THIS_CPU,
    /** Not in the library: it is for other CPUs, or the compiler cannot make it. */
    NOT_IN_THE_LIBRARY
  }

  /**
   * One tier.
   *
   * @param name such as {@code avx2}
   * @param state whether it can run here
   */
  public record Tier(String name, State state) {}

  /** The report of this process. */
  public static NativeReport create() {
    Optional<String> problem = KernelSelection.nativeProblem();
    List<Tier> tiers =
        NativeFunctions.isThere()
            ? Arrays.stream(NativeTier.values())
                .map(tier -> new Tier(tier.optionName(), state(tier)))
                .toList()
            : List.of();
    return new NativeReport(
        NativeLoader.platform(), NativeLoader.origin(), NativeLoader.buildNote(), problem, tiers);
  }

  private static State state(NativeTier tier) {
    if (NativeFunctions.isUsable(tier)) {
      return State.USABLE;
    }
    return NativeFunctions.isCompiled(tier) ? State.NOT_ON_THIS_CPU : State.NOT_IN_THE_LIBRARY;
  }
}
