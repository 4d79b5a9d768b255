package dev.sirocco.cli;

import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFiles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sirocco inspect}: what a model is, and where its parameters are. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description =
        "Shows a model's hyper-parameters, its tensors by type, where its parameters are, how many a"
            + " token uses, and the memory it needs.")
final class InspectCommand implements Callable<Integer> {

  @ParentCommand private SiroccoCommand program;
  @Spec private CommandSpec spec;
  @Mixin private CacheOptions cache;

  @Parameters(
      paramLabel = "PATH",
      description = "GGUF file, model folder, config.json or params.json.")
  private Path path;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    if (cache.context().isPresent() && cache.context().get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--context must be 1 or above, but is " + cache.context().get());
    }
    ModelReport report = report();
    PrintWriter out = program.streams().out();
    if (json) {
      out.println(Json.of(report));
    } else {
      print(report, out);
    }
    return 0;
  }

  private ModelReport report() {
    Optional<ModelConfig> alone = ModelFiles.configWithoutWeights(path);
    if (alone.isPresent()) {
      return ModelReport.of(path, alone.get(), cache);
    }
    try (ModelFiles files = ModelFiles.open(path)) {
      return ModelReport.of(path, files, cache);
    }
  }

  private static void print(ModelReport report, PrintWriter out) {
    out.println(report.path() + ": architecture " + report.architecture());
    out.println();
    printHyperParameters(report.hyperParameters(), out);
    out.println();
    out.println("tensors");
    if (report.tensors().isEmpty()) {
      out.println("  none here; memory is told for 16 bits a parameter");
    }
    report
        .tensors()
        .forEach(
            (type, t) -> row(out, type, "%d, %s".formatted(t.count(), Amounts.bytes(t.bytes()))));
    out.println();
    printParameters(report.parameters(), out);
    out.println();
    printMemory(report.memory(), out);
  }

  private static void printHyperParameters(ModelReport.HyperParameters h, PrintWriter out) {
    out.println("hyper-parameters");
    row(out, "dimension", h.dim());
    row(out, "layers", h.nLayers());
    row(out, h.nExperts().isPresent() ? "expert width" : "feed-forward width", h.hiddenDim());
    row(out, "query heads", h.nHeads());
    row(out, "key/value heads", h.nKvHeads());
    row(out, "head dimension", h.headDim());
    h.nExperts().ifPresent(n -> row(out, "experts", n));
    h.topK().ifPresent(k -> row(out, "experts per token", k));
    row(out, "vocabulary", h.vocabSize());
    row(out, "context", h.maxPositions());
    row(
        out,
        "sliding window",
        h.slidingWindow().isPresent() ? h.slidingWindow().getAsInt() : "none");
    row(out, "norm epsilon", h.normEps());
    row(out, "rope theta", h.ropeTheta());
    row(out, "rope layout", h.ropeLayout());
    row(out, "rope scaling", h.ropeScaling());
    row(out, "tied embeddings", h.tiedEmbeddings() ? "yes" : "no");
  }

  private static void printParameters(ModelReport.Account p, PrintWriter out) {
    out.println("parameters");
    share(out, "attention", p.attention(), p.total());
    share(out, "feed-forward", p.feedForward(), p.total());
    share(out, "experts", p.experts(), p.total());
    share(out, "router", p.router(), p.total());
    share(out, "norms", p.norms(), p.total());
    share(out, "embeddings", p.embeddings(), p.total());
    row(out, "total", Amounts.parameters(p.total()));
    share(out, "active per token", p.activePerToken(), p.total());
    row(out, "d_ff / d_model", String.format(Locale.ROOT, "%.3f", p.ffnRatio()));
  }

  private static void printMemory(ModelReport.Memory m, PrintWriter out) {
    out.println("memory");
    row(out, "weights", Amounts.bytes(m.weightBytes()));
    String cacheOf = "key/value cache of %d tokens in %s".formatted(m.context(), m.kvType());
    if (m.window().isPresent()) {
      out.println(
          "  %s, window %d: %s"
              .formatted(cacheOf, m.window().getAsInt(), Amounts.bytes(m.kvCacheBytes())));
    }
    out.println(
        "  %s, no window: %s".formatted(cacheOf, Amounts.bytes(m.kvCacheBytesWithoutWindow())));
  }

  private static void share(PrintWriter out, String name, long count, long total) {
    if (count > 0) {
      row(
          out,
          name,
          String.format(
              Locale.ROOT, "%-9s %5.1f %%", Amounts.parameters(count), 100.0 * count / total));
    }
  }

  private static void row(PrintWriter out, String name, Object value) {
    out.println("  %-20s %s".formatted(name, value));
  }
}
