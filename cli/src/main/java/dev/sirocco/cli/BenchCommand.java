package dev.sirocco.cli;

import dev.sirocco.engine.Generation;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.GenerationRequest;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.Prompt;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sirocco bench}: how fast a model reads and writes on this machine. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures how fast a model reads a prompt and writes an answer.",
      "Prefill and decode are measured apart, over random tokens: a prompt of -p tokens, and -n"
          + " tokens written after --depth others. One repetition before the counted ones warms up."
    })
final class BenchCommand implements Callable<Integer> {

  private static final long SEED = 1;

  @ParentCommand private SiroccoCommand program;
  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;
  @Mixin private ComputeOptions compute;

  @Option(
      names = "-p",
      paramLabel = "N",
      description = "Tokens of the prompt; 0 skips prefill (default: 512).")
  private int promptTokens = 512;

  @Option(
      names = "-n",
      paramLabel = "N",
      description = "Tokens of the answer; 0 skips decode (default: 128).")
  private int answerTokens = 128;

  @Option(
      names = "--depth",
      paramLabel = "D",
      description = "Tokens in the context before the answer (default: 1).")
  private int depth = 1;

  @Option(
      names = "--batch",
      paramLabel = "B",
      description = "Sequences computed together (default: 1).")
  private int batch = 1;

  @Option(
      names = "--repetitions",
      paramLabel = "R",
      description = "Repetitions that count (default: 3).")
  private int repetitions = 3;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  /**
   * Tokens a second over the repetitions.
   *
   * @param mean their mean
   * @param sd their standard deviation; 0 for one repetition
   */
  private record Rate(double mean, double sd) {

    static Rate of(List<Double> values) {
      double mean = values.stream().mapToDouble(v -> v).average().orElse(0);
      double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
      return new Rate(mean, values.size() > 1 ? Math.sqrt(squares / (values.size() - 1)) : 0);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.2f ± %.2f tokens/s", mean, sd);
    }
  }

  /** What {@code --json} prints. */
  private record Result(
      Optional<Rate> prefillTokensPerSecond,
      Optional<Rate> decodeTokensPerSecond,
      String kernels,
      String kernelsDescription,
      String kernelsReason,
      int threads,
      Optional<Long> peakRssBytes,
      long modelBytes) {}

  @Override
  public Integer call() {
    require("-p", promptTokens, 0);
    require("-n", answerTokens, 0);
    require("--depth", depth, 1);
    require("--batch", batch, 1);
    require("--repetitions", repetitions, 1);
    if (promptTokens == 0 && answerTokens == 0) {
      throw new ParameterException(
          spec.commandLine(), "-p 0 and -n 0 leave nothing to measure; make one 1 or above");
    }
    ModelOptions options = compute.toModelOptions();
    int needed = Math.max(promptTokens, answerTokens == 0 ? 0 : depth + answerTokens);
    if (options.context().isPresent() && options.context().getAsInt() < needed) {
      throw new ParameterException(
          spec.commandLine(),
          "--context %d is too small for -p %d, and -n %d after --depth %d; at least %d is needed"
              .formatted(options.context().getAsInt(), promptTokens, answerTokens, depth, needed));
    }
    try (LanguageModel opened = compute.open(model.path())) {
      if (opened.context() < needed) {
        throw new CommandFailure(
            "the model's context of %d tokens is too small for -p %d, and -n %d after --depth %d; ask for fewer, or give --context %d"
                .formatted(opened.context(), promptTokens, answerTokens, depth, needed));
      }
      Optional<Rate> prefill = measure(opened, promptTokens, 1, BenchCommand::prefillRate);
      Optional<Rate> decode = measure(opened, depth, answerTokens, BenchCommand::decodeRate);
      print(
          new Result(
              prefill,
              decode,
              opened.kernelsName(),
              opened.kernels(),
              opened.kernelsReason(),
              opened.threads(),
              PeakMemory.bytes(),
              opened.files().weightBytes()));
    }
    return 0;
  }

  private void require(String option, int value, int least) {
    if (value < least) {
      throw new ParameterException(
          spec.commandLine(), "%s must be %d or above, but is %d".formatted(option, least, value));
    }
  }

  private Optional<Rate> measure(
      LanguageModel opened, int prompt, int answer, ToDoubleFunction<List<Generation>> rate) {
    if (prompt == 0 || answer == 0) {
      return Optional.empty();
    }
    List<GenerationRequest> requests = requests(opened.config().vocabSize(), prompt, answer);
    List<Double> rates = new ArrayList<>();
    opened.generateAll(requests);
    for (int r = 0; r < repetitions; r++) {
      rates.add(rate.applyAsDouble(opened.generateAll(requests)));
    }
    return Optional.of(Rate.of(rates));
  }

  private List<GenerationRequest> requests(int vocabSize, int prompt, int answer) {
    Random random = new Random(SEED);
    GenerationOptions options =
        GenerationOptions.builder().temperature(0).maxTokens(answer).ignoreEos(true).build();
    return IntStream.range(0, batch)
        .mapToObj(i -> Prompt.tokens(random.ints(prompt, 0, vocabSize).toArray()))
        .map(tokens -> GenerationRequest.of(tokens, options))
        .toList();
  }

  /** All prompts' tokens over the time until the last prompt was read. */
  private static double prefillRate(List<Generation> answers) {
    int tokens = answers.stream().mapToInt(a -> a.timings().prefillTokens()).sum();
    double millis = answers.stream().mapToDouble(a -> a.timings().prefillMillis()).max().orElse(0);
    return tokens / millis * 1000;
  }

  /** All answers' tokens over the time until the last answer was written. */
  private static double decodeRate(List<Generation> answers) {
    int tokens = answers.stream().mapToInt(a -> a.timings().decodeTokens()).sum();
    double millis = answers.stream().mapToDouble(a -> a.timings().decodeMillis()).max().orElse(0);
    return tokens / millis * 1000;
  }

  private void print(Result result) {
    PrintWriter out = program.streams().out();
    if (json) {
      out.println(Json.of(result));
      return;
    }
    out.println("kernels      " + result.kernelsDescription());
    out.println("reason       " + result.kernelsReason());
    result.prefillTokensPerSecond().ifPresent(rate -> out.println("prefill      " + rate));
    result.decodeTokensPerSecond().ifPresent(rate -> out.println("decode       " + rate));
    result.peakRssBytes().ifPresent(b -> out.println("peak memory  " + Amounts.bytes(b)));
    out.println("model        " + Amounts.bytes(result.modelBytes()));
  }
}
