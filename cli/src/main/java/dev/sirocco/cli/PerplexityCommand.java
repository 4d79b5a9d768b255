package dev.sirocco.cli;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.Perplexity;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sirocco perplexity}: how well a model predicts a text. */
@Command(
    name = "perplexity",
    mixinStandardHelpOptions = true,
    description = {
      "Measures how well a model predicts a text.",
      "The text is cut into windows of --context tokens, each of which begins with BOS; the second"
          + " half of each is scored, as llama.cpp does."
    })
final class PerplexityCommand implements Callable<Integer> {

  @ParentCommand private SiroccoCommand program;
  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;
  @Mixin private ComputeOptions compute;

  @Option(
      names = "--file",
      required = true,
      paramLabel = "TEXT",
      description = "A UTF-8 text; - for standard input.")
  private Path file;

  @Option(names = "--chunks", paramLabel = "M", description = "Measures the first M windows only.")
  private Optional<Integer> chunks = Optional.empty();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  private record Result(long tokens, double nll, double perplexity, double stderr) {}

  @Override
  public Integer call() throws IOException {
    int window =
        compute
            .context()
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--context is missing; it says how many tokens a window has, such as 512"));
    if (chunks.isPresent() && chunks.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--chunks must be 1 or above, but is " + chunks.get());
    }
    compute.toModelOptions();
    String text = TextFiles.read(file, program.streams().in());
    try (LanguageModel opened = compute.open(model.path())) {
      print(measure(opened, text, window), program.streams().out());
    }
    return 0;
  }

  private Perplexity.Result measure(LanguageModel opened, String text, int window) {
    OptionalInt windows = chunks.map(OptionalInt::of).orElseGet(OptionalInt::empty);
    try (ProgressBar bar = new ProgressBar(program.streams())) {
      return Perplexity.measure(
          opened,
          text,
          window,
          windows,
          part ->
              bar.update(
                  part.windowsDone(),
                  part.windows(),
                  String.format(Locale.ROOT, "perplexity %.4f", part.perplexity())));
    }
  }

  private void print(Perplexity.Result result, PrintWriter out) {
    if (json) {
      out.println(
          Json.of(new Result(result.tokens(), result.nll(), result.perplexity(), result.stderr())));
    } else {
      out.println(
          String.format(
              Locale.ROOT,
              "perplexity %.4f ± %.4f, %.5f nats per token, %d tokens in %d windows",
              result.perplexity(),
              result.stderr(),
              result.nll(),
              result.tokens(),
              result.windowsDone()));
    }
  }
}
