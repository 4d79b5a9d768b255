package dev.sirocco.benchmarks;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.engine.ServingRequest;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;

/**
 * Measures how much sooner requests are answered together than one after the other, and how long
 * their readers wait: time to the first token, and from one token to the next.
 *
 * <p>Prompts are random tokens, no two alike; so no prefix is shared.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp ...
 *     dev.sirocco.benchmarks.ServingBenchmark MODEL [requests] [prompt tokens] [answer tokens]
 *     [token budget, 0 for all] [kernels]
 * </pre>
 */
public final class ServingBenchmark {

  private final ServingEngine engine;
  private final int promptTokens;
  private final int answerTokens;
  private final PrintStream out;

  /** When a request was submitted and its tokens came, in seconds. */
  private record Times(double submitted, List<Double> tokens) {}

  private ServingBenchmark(
      ServingEngine engine, int promptTokens, int answerTokens, PrintStream out) {
    this.engine = engine;
    this.promptTokens = promptTokens;
    this.answerTokens = answerTokens;
    this.out = out;
  }

  /** Runs the benchmark and prints what it measured. */
  public static void main(String[] args) throws Exception {
    int requests = argument(args, 1, 8);
    int promptTokens = argument(args, 2, 256);
    int answerTokens = argument(args, 3, 64);
    int budget = argument(args, 4, 0);
    ModelOptions options = ModelOptions.defaults().withKernels(args.length > 5 ? args[5] : "auto");
    try (LanguageModel model = LanguageModel.open(Path.of(args[0]), options);
        ServingEngine engine =
            ServingEngine.start(model, ServingOptions.defaults().withTokenBudget(budget))) {
      System.out.printf("%s (%s)%n", model.kernels(), model.kernelsReason());
      ServingBenchmark benchmark =
          new ServingBenchmark(engine, promptTokens, answerTokens, System.out);
      benchmark.run(1, 1, 1000);
      double alone = benchmark.report("one after the other", requests, 1, 2000);
      double together = benchmark.report("together", requests, requests, 3000);
      System.out.printf("together %.2f times as soon%n", alone / together);
    }
  }

  private static int argument(String[] args, int index, int usual) {
    return args.length > index ? Integer.parseInt(args[index]) : usual;
  }

  private double report(String name, int requests, int readers, long seed) throws Exception {
    double start = now();
    List<Times> times = run(requests, readers, seed);
    double seconds = now() - start;
    double[] first =
        times.stream().mapToDouble(t -> t.tokens().getFirst() - t.submitted()).sorted().toArray();
    double[] between = times.stream().flatMapToDouble(ServingBenchmark::gaps).sorted().toArray();
    out.printf(
        "%s: %d requests (%d + %d tokens) in %.2f s, %.1f answer tokens/s%n",
        name, requests, promptTokens, answerTokens, seconds, requests * answerTokens / seconds);
    out.printf("  first token after %s%n", percentiles(first));
    out.printf("  between tokens    %s%n", percentiles(between));
    return seconds;
  }

  private static DoubleStream gaps(Times times) {
    double[] at = times.tokens().stream().mapToDouble(Double::doubleValue).toArray();
    double[] gaps = new double[at.length - 1];
    Arrays.setAll(gaps, i -> at[i + 1] - at[i]);
    return Arrays.stream(gaps);
  }

  private static String percentiles(double[] sorted) {
    return "p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms"
        .formatted(at(sorted, 0.5), at(sorted, 0.9), at(sorted, 0.99), at(sorted, 1));
  }

  private static double at(double[] sorted, double share) {
    int index = (int) Math.ceil(share * sorted.length) - 1;
    return 1000 * sorted[Math.max(0, index)];
  }

  /**
   * So many requests by so many readers, each of which waits for one answer before it asks again.
   */
  private List<Times> run(int requests, int readers, long seed) throws Exception {
    List<Times> times = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(readers)) {
      List<Callable<Times>> work = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        int[] prompt = prompt(seed + i);
        work.add(() -> answer(prompt));
      }
      for (Future<Times> done : threads.invokeAll(work)) {
        times.add(done.get());
      }
    }
    return times;
  }

  private Times answer(int[] prompt) throws InterruptedException {
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(answerTokens).ignoreEos(true).build();
    double submitted = now();
    List<Double> tokens = new ArrayList<>();
    try (AnswerStream stream = engine.submit(ServingRequest.of(Prompt.tokens(prompt), options))) {
      for (Optional<AnswerEvent> e = stream.next(); e.isPresent(); e = stream.next()) {
        if (e.get() instanceof AnswerEvent.Token) {
          tokens.add(now());
        }
      }
    }
    return new Times(submitted, tokens);
  }

  private int[] prompt(long seed) {
    int vocabSize = engine.model().config().vocabSize();
    return new Random(seed).ints(promptTokens, 3, vocabSize).toArray();
  }

  private static double now() {
    return System.nanoTime() / 1e9;
  }
}
