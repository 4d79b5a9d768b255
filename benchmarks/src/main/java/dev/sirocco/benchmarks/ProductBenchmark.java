package dev.sirocco.benchmarks;

import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Products with weights of each type by each tier, for one token (decode) and for many (prefill).
 *
 * <p>Beside the calls a second it counts multiply-accumulates and bytes of weights a second, to be
 * set beside the machine's limits.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class ProductBenchmark {

  private static final int ROWS = 4096;
  private static final int COLUMNS = 4096;

  /** Decoding reads matrices in turn from more memory than caches hold. */
  private static final long BYTES = 256L << 20;

  /** Kernels, or a tier of the C kernels. */
  @Param("vector")
  public String tier = "";

  /** Type of the weights. */
  @Param({
    "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
    "Q6_K", "IQ4_NL", "IQ4_XS"
  })
  public DType type = DType.F32;

  /** Rows of activations. */
  @Param({"1", "512"})
  public int tokens;

  private final Arena arena = Arena.ofShared();
  private List<Tensor> weights = List.of();
  private FloatMatrix x = FloatMatrix.allocate(arena, 1, 1);
  private FloatMatrix y = x;
  private Kernels kernels = TierKernels.none();
  private int calls;

  /** Work done, counted beside the calls. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Work {
    /** Multiply-accumulates. */
    public double multiplyAccumulates;

    /** Bytes of weights. */
    public double weightBytes;
  }

  /** Makes weights and activations. */
  @Setup(Level.Trial)
  public void open() {
    kernels.close();
    kernels = TierKernels.open(tier);
    long copies = tokens == 1 ? Math.max(2, BYTES / (ROWS * type.bytes(COLUMNS))) : 2;
    weights = RandomWeights.matrices(arena, type, ROWS, COLUMNS, copies);
    x = FloatMatrix.allocate(arena, tokens, COLUMNS);
    for (int i = 0; i < COLUMNS; i++) {
      x.set(tokens - 1, i, i % 7 - 3);
    }
    y = FloatMatrix.allocate(arena, tokens, ROWS);
  }

  /** Ends the threads. */
  @TearDown(Level.Trial)
  public void close() {
    kernels.close();
    arena.close();
  }

  /** One product. */
  @Benchmark
  public void linear(Work work) {
    kernels.linear(weights.get(calls++ % weights.size()), x, y);
    count(work, 1);
  }

  /** Gate and up of a feed-forward block, joined. */
  @Benchmark
  public void gatedSilu(Work work) {
    Tensor gate = weights.get(calls++ % weights.size());
    kernels.gatedSilu(gate, weights.get(calls++ % weights.size()), x, y);
    count(work, 2);
  }

  private void count(Work work, int products) {
    work.multiplyAccumulates += (double) products * ROWS * COLUMNS * tokens;
    work.weightBytes += (double) products * ROWS * type.bytes(COLUMNS);
  }
}
