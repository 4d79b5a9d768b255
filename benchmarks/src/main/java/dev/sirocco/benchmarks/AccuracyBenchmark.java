package dev.sirocco.benchmarks;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.kernels.Activations;
import dev.sirocco.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures what rounding activations costs in accuracy: the root mean square difference of
 * log-probabilities to those of the vector kernels, which multiply 32-bit floats.
 *
 * <p>The text is tokenized without BOS and cut into windows of 256 tokens, an incomplete last one
 * is dropped; scored are the predictions at the positions 128 to 254 of each window, once for the
 * tokens that come next in the text, and once for all tokens of the vocabulary.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp ... dev.sirocco.benchmarks.AccuracyBenchmark
 *     MODEL TEXT [most windows] [threads]
 * </pre>
 */
public final class AccuracyBenchmark {

  private static final int WINDOW = 256;
  private static final int FIRST = WINDOW / 2;
  private static final int SCORES = WINDOW - 1 - FIRST;

  private final LanguageModel exact;
  private final LanguageModel rounded;
  private double squares;
  private double squaresOfAll;
  private double nll;
  private double nllExact;
  private long count;
  private long countOfAll;

  private AccuracyBenchmark(LanguageModel exact, LanguageModel rounded) {
    this.exact = exact;
    this.rounded = rounded;
  }

  /**
   * Runs the benchmark and prints a line for each choice of activations.
   *
   * @throws IOException if the text cannot be read
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 2) {
      System.err.println("usage: AccuracyBenchmark MODEL TEXT [most windows] [threads]");
      System.exit(2);
    }
    Path file = Path.of(args[0]);
    String text = Files.readString(Path.of(args[1]));
    int most = args.length > 2 ? Integer.parseInt(args[2]) : Integer.MAX_VALUE;
    int threads =
        args.length > 3 ? Integer.parseInt(args[3]) : Runtime.getRuntime().availableProcessors();
    ModelOptions options = ModelOptions.defaults().withThreads(threads).withContext(WINDOW);
    try (LanguageModel exact =
        LanguageModel.open(file, options.withKernels("vector").withKvType(DType.F32))) {
      List<ModelOptions> choices =
          List.of(
              options.withKernels("native").withActivations(Activations.INT8),
              options.withKernels("native").withActivations(Activations.INT16),
              options.withKernels("vector").withActivations(Activations.INT8));
      for (ModelOptions choice : choices) {
        try (LanguageModel rounded = LanguageModel.open(file, choice)) {
          System.out.println(rounded.kernels());
          System.out.println(new AccuracyBenchmark(exact, rounded).run(text, most));
        }
      }
    }
  }

  private String run(String text, int most) {
    int[] tokens = exact.tokenizer().encode(text, false, false);
    int windows = Math.min(most, tokens.length / WINDOW);
    for (int w = 0; w < windows; w++) {
      int[] window = Arrays.copyOfRange(tokens, w * WINDOW, (w + 1) * WINDOW);
      double[][] expected = new double[SCORES][];
      exact.logits(
          window,
          (position, logits, routers) -> {
            if (isScored(position)) {
              expected[position - FIRST] = logProbabilities(logits);
            }
          });
      rounded.logits(
          window,
          (position, logits, routers) -> {
            if (isScored(position)) {
              compare(expected[position - FIRST], logProbabilities(logits), window[position + 1]);
            }
          });
    }
    return String.format(
        Locale.ROOT,
        "rms difference of log-probabilities: %.5f over %d next tokens, %.5f over all tokens;"
            + " perplexity %.4f, exactly %.4f",
        Math.sqrt(squares / count),
        count,
        Math.sqrt(squaresOfAll / countOfAll),
        Math.exp(nll / count),
        Math.exp(nllExact / count));
  }

  private static boolean isScored(int position) {
    return position >= FIRST && position < FIRST + SCORES;
  }

  private void compare(double[] expected, double[] found, int next) {
    double difference = found[next] - expected[next];
    squares += difference * difference;
    nll -= found[next];
    nllExact -= expected[next];
    count++;
    for (int i = 0; i < expected.length; i++) {
      double each = found[i] - expected[i];
      squaresOfAll += each * each;
    }
    countOfAll += expected.length;
  }

  private static double[] logProbabilities(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    double shift = max + Math.log(sum);
    double[] result = new double[logits.length];
    for (int i = 0; i < logits.length; i++) {
      result[i] = logits[i] - shift;
    }
    return result;
  }
}
