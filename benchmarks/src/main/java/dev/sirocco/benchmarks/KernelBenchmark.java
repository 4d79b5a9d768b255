package dev.sirocco.benchmarks;

import dev.sirocco.kernels.Activations;
import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Measures matrix products of the shapes of Mistral 7B: billions of multiply-accumulates per second
 * for prefill, and weight bytes read per second for decode.
 *
 * <p>Set both beside the machine's limits, measured in the same minute.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector -cp ... dev.sirocco.benchmarks.KernelBenchmark
 *     [kernels] [threads] [types, by comma] [tokens, by comma] [int8 or int16 activations]
 * </pre>
 */
public final class KernelBenchmark {

  /** Rows and columns: wq, wk, w1, w2. */
  private static final int[][] SHAPES = {{4096, 4096}, {1024, 4096}, {14336, 4096}, {4096, 14336}};

  /**
   * Up to so many tokens, as in decoding, matrices in turn come from more memory than caches hold.
   */
  private static final int FEW = 32;

  private static final long BYTES = 256L << 20;

  private static final double SECONDS = 0.5;
  private static final int BATCHES = 5;

  private final Kernels kernels;
  private final PrintStream out;

  private KernelBenchmark(Kernels kernels, PrintStream out) {
    this.kernels = kernels;
    this.out = out;
  }

  /** Runs the benchmark and prints a line for each type, shape and number of tokens. */
  public static void main(String[] args) {
    String choice = args.length > 0 ? args[0] : "auto";
    int threads =
        args.length > 1 ? Integer.parseInt(args[1]) : Runtime.getRuntime().availableProcessors();
    String types = args.length > 2 ? args[2] : "F32,F16,BF16,Q4_0,Q8_0,Q4_K,Q6_K";
    String tokens = args.length > 3 ? args[3] : "1,512";
    Activations activations = Activations.of(args.length > 4 ? args[4] : "int8");
    KernelSelection selection =
        KernelSelection.pick(
            KernelSelection.Choice.of(choice), new KernelOptions(threads, activations));
    try (Kernels kernels = selection.kernels()) {
      System.out.println(kernels.description() + " (" + selection.reason() + ")");
      KernelBenchmark benchmark = new KernelBenchmark(kernels, System.out);
      for (String type : types.split(",", -1)) {
        for (String count : tokens.split(",", -1)) {
          for (int[] shape : SHAPES) {
            benchmark.measure(DType.valueOf(type), shape[0], shape[1], Integer.parseInt(count));
          }
        }
      }
    }
  }

  private void measure(DType type, int rows, int columns, int tokens) {
    try (Arena arena = Arena.ofShared()) {
      long copies = tokens <= FEW ? Math.max(1, BYTES / (rows * type.bytes(columns))) : 1;
      List<Tensor> weights = RandomWeights.matrices(arena, type, rows, columns, copies);
      FloatMatrix x = FloatMatrix.allocate(arena, tokens, columns);
      for (int i = 0; i < columns; i++) {
        x.set(tokens - 1, i, i % 7 - 3);
      }
      FloatMatrix y = FloatMatrix.allocate(arena, tokens, rows);
      double seconds =
          secondsEach(call -> kernels.linear(weights.get(call % weights.size()), x, y));
      double products = (double) rows * columns * tokens;
      double bytes = weights.getFirst().data().byteSize();
      out.printf(
          "%-6s [%5d, %5d] x %4d tokens: %7.1f G MAC/s, %6.2f GB/s of weights%n",
          type, rows, columns, tokens, products / seconds / 1e9, bytes / seconds / 1e9);
    }
  }

  /** The shortest time of a call, of several batches of calls. */
  private static double secondsEach(IntConsumer operation) {
    int calls = 0;
    int perBatch = 1;
    double best = Double.POSITIVE_INFINITY;
    for (int batch = 0; batch < BATCHES; ) {
      long start = System.nanoTime();
      for (int i = 0; i < perBatch; i++) {
        operation.accept(calls++);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      if (seconds < SECONDS / 2) {
        perBatch *= 2;
      } else {
        best = Math.min(best, seconds / perBatch);
        batch++;
      }
    }
    return best;
  }
}
