package dev.sirocco.cli;

import dev.sirocco.kernels.Activations;
import dev.sirocco.kernels.KernelCheck;
import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.kernels.MachineLimits;
import dev.sirocco.kernels.NativeReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * {@code sirocco doctor}: what computes here and why, what it could reach, and whether it is right.
 */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Tells which kernels are used here and why, what the machine could reach, and whether the"
          + " kernels compute what they should.",
      "Exit status 1 if something is wrong; its line tells the remedy."
    })
final class DoctorCommand implements Callable<Integer> {

  @ParentCommand private SiroccoCommand program;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "Also looks at a model: whether it fits, and how fast it could be here.")
  private Optional<Path> model = Optional.empty();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  private final DoctorReport.Notes notes = new DoctorReport.Notes();

  @Override
  public Integer call() {
    VectorModule.resolve();
    describeMachine();
    NativeReport nativeKernels = NativeReport.create();
    describeNative(nativeKernels);
    checkKernels();
    Optional<MachineLimits> limits =
        MachineLimits.measure(Runtime.getRuntime().availableProcessors());
    limits.ifPresentOrElse(
        found -> notes.ok("limits", describe(found)),
        () -> notes.info("limits", "not measured: neither C kernels nor the Vector API are there"));
    model.ifPresent(path -> ModelExamination.of(path, limits, notes));
    DoctorReport report = new DoctorReport(notes.all(), nativeKernels, limits);
    print(report);
    return report.healthy() ? 0 : 1;
  }

  private void describeMachine() {
    notes.info("program", new SiroccoCommand.Version().getVersion()[0]);
    notes.info(
        "java",
        "%s %s (%s), %s"
            .formatted(
                System.getProperty("java.vm.name"),
                Runtime.version(),
                System.getProperty("java.vendor"),
                System.getProperty("java.home")));
    notes.info(
        "system",
        "%s %s, %d processors%s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Runtime.getRuntime().availableProcessors(),
                MemoryInfo.totalBytes().map(b -> ", " + Amounts.bytes(b) + " memory").orElse("")));
    CpuInfo cpu = CpuInfo.read();
    notes.info("cpu", cpu.model() + ": " + String.join(" ", cpu.instructions()));
    if (VectorModule.isResolved()) {
      notes.ok("vector api", "module jdk.incubator.vector is there");
    } else {
      notes.failed(
          "vector api",
          "module jdk.incubator.vector is not there; start Java with --add-modules"
              + " jdk.incubator.vector, or use the launcher ./sirocco");
    }
  }

  private void describeNative(NativeReport report) {
    report
        .problem()
        .ifPresentOrElse(
            problem -> notes.failed("c kernels", problem),
            () ->
                notes.ok(
                    "c kernels",
                    "%s, from %s; built by %s"
                        .formatted(
                            report.platform(),
                            report.library().orElse("an unknown place"),
                            report.build())));
    for (NativeReport.Tier tier : report.tiers()) {
      notes.info(
          "tier " + tier.name(),
          switch (tier.state()) {
            case USABLE -> "usable";
            case NOT_ON_THIS_CPU -> "in the library, but not run by this CPU or operating system";
            case NOT_IN_THE_LIBRARY -> "not in the library";
          });
    }
  }

  /** Checks what would run by itself, with every choice of activations that it knows. */
  private void checkKernels() {
    Map<String, List<String>> found = new LinkedHashMap<>();
    Map<String, Boolean> passed = new LinkedHashMap<>();
    for (Activations activations : Activations.values()) {
      KernelOptions options = new KernelOptions(KernelOptions.defaults().threads(), activations);
      KernelSelection selection = KernelSelection.pick(KernelSelection.Choice.AUTO, options);
      try (var kernels = selection.kernels()) {
        boolean quantising = !kernels.name().equals("scalar");
        if (activations == Activations.INT16 || !quantising) {
          notes.ok("kernels", kernels.description() + "; " + selection.reason());
        }
        for (KernelCheck.Result result : KernelCheck.run(kernels, activations)) {
          String share = String.format(Locale.ROOT, "%.2f", result.worst());
          found
              .computeIfAbsent(result.name(), n -> new ArrayList<>())
              .add(share + (quantising ? " with " + activations.optionName() : ""));
          passed.merge(result.name(), result.passed(), Boolean::logicalAnd);
        }
        if (!quantising) {
          break;
        }
      }
    }
    found.forEach((name, shares) -> noteCheck(name, shares, passed.getOrDefault(name, false)));
  }

  private void noteCheck(String name, List<String> shares, boolean passed) {
    String text = "largest error, as a share of the bound: " + String.join(", ", shares);
    if (passed) {
      notes.ok("check " + name, text);
    } else {
      notes.failed(
          "check " + name,
          text + "; use --kernels scalar, and report this with the CPU and the compiler above");
    }
  }

  private static String describe(MachineLimits limits) {
    return "%d threads, %s: fp32 %s, bf16 %s, int8 %s, 4-bit weights %s G multiply-accumulates/s; reads %s GB/s"
        .formatted(
            limits.threads(),
            limits.instructions(),
            giga(OptionalDouble.of(limits.fp32())),
            giga(limits.bf16()),
            giga(limits.int8()),
            giga(limits.int4()),
            giga(OptionalDouble.of(limits.read())));
  }

  private static String giga(OptionalDouble perSecond) {
    return perSecond.isEmpty()
        ? "none"
        : String.format(Locale.ROOT, "%.1f", perSecond.getAsDouble() / 1e9);
  }

  private void print(DoctorReport report) {
    PrintWriter out = program.streams().out();
    if (json) {
      out.println(Json.of(report));
      return;
    }
    int width = report.findings().stream().mapToInt(f -> f.name().length()).max().orElse(1);
    for (DoctorReport.Finding finding : report.findings()) {
      String status = finding.status().equals("info") ? "" : finding.status();
      out.println(("%-" + width + "s  %-6s  %s").formatted(finding.name(), status, finding.text()));
    }
    out.println(
        report.healthy()
            ? "all is well"
            : "something is wrong: "
                + report.findings().stream()
                    .filter(f -> f.status().equals("failed"))
                    .map(DoctorReport.Finding::name)
                    .collect(Collectors.joining(", ")));
  }
}
