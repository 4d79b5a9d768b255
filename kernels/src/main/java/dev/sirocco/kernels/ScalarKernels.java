package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The truth that faster kernels are measured against: dequantised weights, float32 activations,
 * sums in double precision, in plain Java.
 *
 * <p>Every product of two floats is exact in a double, so a result is the correctly rounded sum but
 * for about one part in 10^13.
 */
public final class ScalarKernels extends CheckedKernels {

  /** Rows of a matrix, or of a batch, that a thread claims together. */
  private static final int GRAIN = 16;

  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;

  private final float[][] scratch;

  /** Starts the worker threads. */
  public ScalarKernels(KernelOptions options) {
    super(options);
    this.scratch = new float[options.threads()][0];
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public String description() {
    return "scalar: plain Java, sums in double precision, %d threads".formatted(threads());
  }

  @Override
  void computeLinear(List<Tensor> w, FloatMatrix x, List<FloatMatrix> y) {
    TokenTiles tiles = TokenTiles.pack(x);
    for (int k = 0; k < w.size(); k++) {
      Tensor weights = w.get(k);
      FloatMatrix out = y.get(k);
      pool.run(
          weights.rows(),
          GRAIN,
          (worker, from, to) -> {
            double[] sums = new double[TokenTiles.TOKENS];
            for (int o = from; o < to; o++) {
              float[] row = dequantised(weights, o, worker);
              for (int tile = 0; tile < tiles.count(); tile++) {
                tiles.products(row, tile, sums);
                for (int i = 0; i < tiles.tokens(tile); i++) {
                  out.set(tile * TokenTiles.TOKENS + i, o, (float) sums[i]);
                }
              }
            }
          });
    }
  }

  @Override
  void computeGatedSilu(Tensor w1, Tensor w3, FloatMatrix x, FloatMatrix y) {
    TokenTiles tiles = TokenTiles.pack(x);
    pool.run(
        w1.rows(),
        GRAIN,
        (worker, from, to) -> {
          double[] gates = new double[TokenTiles.TOKENS];
          double[] ups = new double[TokenTiles.TOKENS];
          for (int o = from; o < to; o++) {
            for (int tile = 0; tile < tiles.count(); tile++) {
              tiles.products(dequantised(w1, o, worker), tile, gates);
              tiles.products(dequantised(w3, o, worker), tile, ups);
              for (int i = 0; i < tiles.tokens(tile); i++) {
                double silu = gates[i] / (1 + Math.exp(-gates[i]));
                y.set(tile * TokenTiles.TOKENS + i, o, (float) (silu * ups[i]));
              }
            }
          }
        });
  }

  /** Row {@code o} of a matrix, in the worker's scratch memory. */
  private float[] dequantised(Tensor w, int o, int worker) {
    int columns = w.columns();
    if (scratch[worker].length < columns) {
      scratch[worker] = new float[columns];
    }
    float[] row = scratch[worker];
    Dequantizer.dequantize(w.dtype(), w.data(), o * w.rowBytes(), row, 0, columns);
    return row;
  }

  @Override
  void computeEmbed(Tensor table, int[] tokens, FloatMatrix y) {
    pool.run(
        tokens.length,
        GRAIN,
        (worker, from, to) -> {
          for (int t = from; t < to; t++) {
            float[] row = dequantised(table, tokens[t], worker);
            MemorySegment.copy(row, 0, y.data(), JAVA_FLOAT, y.offset(t), y.columns());
          }
        });
  }

  @Override
  void computeRmsNorm(FloatMatrix x, Tensor weight, float eps, FloatMatrix y) {
    int d = x.columns();
    float[] w = new float[d];
    Dequantizer.dequantize(weight.dtype(), weight.data(), 0, w, 0, d);
    pool.run(
        x.rows(),
        GRAIN,
        (worker, from, to) -> {
          for (int t = from; t < to; t++) {
            double squares = 0;
            for (int i = 0; i < d; i++) {
              double value = x.get(t, i);
              squares += value * value;
            }
            double scale = 1 / Math.sqrt(squares / d + eps);
            for (int i = 0; i < d; i++) {
              y.set(t, i, (float) (x.get(t, i) * scale * w[i]));
            }
          }
        });
  }

  @Override
  void computeRope(FloatMatrix x, int headDim, FloatMatrix cosSin, RopeLayout layout) {
    boolean interleaved = layout == RopeLayout.INTERLEAVED;
    int pairs = headDim / 2;
    pool.run(
        x.rows(),
        GRAIN,
        (worker, from, to) -> {
          for (int t = from; t < to; t++) {
            for (int head = 0; head < x.columns(); head += headDim) {
              for (int i = 0; i < pairs; i++) {
                int first = head + (interleaved ? 2 * i : i);
                int second = interleaved ? first + 1 : first + pairs;
                double a = x.get(t, first);
                double b = x.get(t, second);
                double cos = cosSin.get(t, i);
                double sin = cosSin.get(t, pairs + i);
                x.set(t, first, (float) (a * cos - b * sin));
                x.set(t, second, (float) (a * sin + b * cos));
              }
            }
          }
        });
  }

  @Override
  void computeAttention(AttentionBatch batch) {
    int items = batch.slices().size() * batch.nKvHeads();
    pool.run(
        items,
        1,
        (worker, from, to) -> {
          for (int item = from; item < to; item++) {
            AttentionSlice slice = batch.slices().get(item / batch.nKvHeads());
            new ScalarAttention(batch, slice, item % batch.nKvHeads()).run();
          }
        });
  }

  @Override
  void computeStore(FloatMatrix x, KvRows rows, int firstRow) {
    long base = firstRow * rows.rowBytes();
    int elements = x.rows() * x.columns();
    switch (rows.dtype()) {
      case F32 -> MemorySegment.copy(x.data(), 0, rows.data(), base, 4L * elements);
      case F16 -> {
        for (int i = 0; i < elements; i++) {
          float value = x.data().get(JAVA_FLOAT, 4L * i);
          rows.data().set(HALF, base + 2L * i, Float.floatToFloat16(value));
        }
      }
      default -> throw new IllegalArgumentException("cannot store " + rows.dtype());
    }
  }

  @Override
  void computeAdd(FloatMatrix x, FloatMatrix y) {
    for (int t = 0; t < x.rows(); t++) {
      for (int i = 0; i < x.columns(); i++) {
        y.set(t, i, y.get(t, i) + x.get(t, i));
      }
    }
  }

  @Override
  void computeAddScaledRows(FloatMatrix x, int[] targets, float[] scales, FloatMatrix y) {
    for (int r = 0; r < x.rows(); r++) {
      for (int i = 0; i < x.columns(); i++) {
        double sum = y.get(targets[r], i) + (double) scales[r] * x.get(r, i);
        y.set(targets[r], i, (float) sum);
      }
    }
  }
}
