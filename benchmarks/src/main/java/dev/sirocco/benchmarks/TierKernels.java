package dev.sirocco.benchmarks;

import dev.sirocco.kernels.Activations;
import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.kernels.KernelSelection.Choice;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.kernels.NativeKernels;
import dev.sirocco.kernels.NativeReport;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernels that a benchmark names: {@code scalar}, {@code vector}, or a tier of the C kernels.
 */
final class TierKernels {

  private TierKernels() {}

  /** Opens kernels with one thread for each processor, and 8-bit activations where they round. */
  static Kernels open(String tier) {
    KernelOptions options = new KernelOptions(KernelOptions.defaults().threads(), Activations.INT8);
    if (tier.equals("scalar") || tier.equals("vector")) {
      return KernelSelection.pick(Choice.of(tier), options).kernels();
    }
    System.setProperty(NativeKernels.TIER_PROPERTY, tier);
    return KernelSelection.pick(Choice.NATIVE, options).kernels();
  }

  /** Kernels for before a benchmark is set up. */
  static Kernels none() {
    return KernelSelection.pick(Choice.SCALAR, new KernelOptions(1)).kernels();
  }

  /** All that this machine can run, in ascending order of preference; without the scalar ones. */
  static List<String> usable() {
    List<String> tiers = new ArrayList<>(List.of("vector"));
    NativeReport.create().tiers().stream()
        .filter(tier -> tier.state() == NativeReport.State.USABLE)
        .map(NativeReport.Tier::name)
        .forEach(tiers::add);
    return tiers;
  }
}
