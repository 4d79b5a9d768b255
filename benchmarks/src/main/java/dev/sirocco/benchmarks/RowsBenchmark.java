package dev.sirocco.benchmarks;

import dev.sirocco.kernels.AttentionBatch;
import dev.sirocco.kernels.AttentionSlice;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.kernels.KvLayout;
import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
 * Attention and the operations on rows, in the shape of Mistral 7B: 32 query heads of 128 elements
 * over 8 key/value heads.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class RowsBenchmark {

  private static final int HEADS = 32;
  private static final int KV_HEADS = 8;
  private static final int HEAD_DIM = 128;
  private static final int DIM = HEADS * HEAD_DIM;

  /** Kernels, or a tier of the C kernels. */
  @Param("vector")
  public String tier = "";

  /** Type of keys and values. */
  @Param({"F32", "F16"})
  public DType type = DType.F32;

  /** Rows: 1 is decode, many are prefill. */
  @Param({"1", "64"})
  public int tokens;

  /** Positions in the cache before them. */
  @Param("4096")
  public int cached;

  private final Arena arena = Arena.ofShared();
  private FloatMatrix x = FloatMatrix.allocate(arena, 1, 1);
  private FloatMatrix y = x;
  private FloatMatrix angles = x;
  private FloatMatrix keys = x;
  private KvRows target = KvRows.allocate(arena, DType.F32, 1, 1);
  private Tensor weight = Tensor.matrix("norm", DType.F32, 1, 1, x.data());
  private List<AttentionBatch> batches = List.of();
  private Kernels kernels = TierKernels.none();

  private record Plain(int positions) implements KvLayout {
    @Override
    public int slot(int position) {
      return position;
    }

    @Override
    public int run(int position) {
      return positions - position;
    }
  }

  /** Makes activations and a filled cache. */
  @Setup(Level.Trial)
  public void open() {
    kernels.close();
    kernels = TierKernels.open(tier);
    x = filled(tokens, DIM);
    y = FloatMatrix.allocate(arena, tokens, DIM);
    angles = filled(tokens, HEAD_DIM);
    Tensor row = RandomWeights.matrices(arena, DType.F32, 1, DIM, 1).getFirst();
    weight = new Tensor("norm", DType.F32, List.of((long) DIM), row.data());
    int columns = KV_HEADS * HEAD_DIM;
    KvRows cache = KvRows.allocate(arena, type, cached, columns);
    kernels.store(filled(cached, columns), cache, 0);
    keys = filled(tokens, columns);
    target = KvRows.allocate(arena, type, tokens, columns);
    kernels.store(keys, target, 0);
    AttentionSlice slice =
        new AttentionSlice(0, tokens, cached, cache, cache, new Plain(Math.max(1, cached)));
    batches =
        List.of(
            new AttentionBatch(
                x,
                target,
                target,
                y,
                List.of(slice),
                HEADS,
                KV_HEADS,
                HEAD_DIM,
                AttentionBatch.NO_WINDOW));
  }

  private FloatMatrix filled(int rows, int columns) {
    FloatMatrix matrix = FloatMatrix.allocate(arena, rows, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) Math.sin(r * 31 + c));
      }
    }
    return matrix;
  }

  /** Ends the threads. */
  @TearDown(Level.Trial)
  public void close() {
    kernels.close();
    arena.close();
  }

  /** Grouped-query attention of one layer. */
  @Benchmark
  public void attention() {
    kernels.attention(batches.getFirst());
  }

  /** RMS norm. */
  @Benchmark
  public void rmsNorm() {
    kernels.rmsNorm(x, weight, 1e-5f, y);
  }

  /** Rotary embedding, in place. */
  @Benchmark
  public void rope() {
    kernels.rope(y, HEAD_DIM, angles, RopeLayout.INTERLEAVED);
  }

  /** Conversion of keys to the cache's type. */
  @Benchmark
  public void store() {
    kernels.store(keys, target, 0);
  }

  /** Addition of a residual. */
  @Benchmark
  public void add() {
    kernels.add(x, y);
  }
}
