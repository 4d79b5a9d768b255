package dev.sirocco.kernels;

import static dev.sirocco.kernels.Shapes.require;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What all kernels share: worker threads, and the checks of every argument. An implementation's own
 * methods ({@code compute…}) may rely on shapes that fit.
 */
abstract class CheckedKernels implements Kernels {

  /** Elements that are copied, turned or normalised in about 10 microseconds. */
  static final int LEAST_ELEMENTS = 1 << 15;

  /** The exponent of NaN and infinity. */
  private static final int EXPONENT = 0x7f800000;

  /** Shares each operation's work. */
  final WorkerPool pool;

  CheckedKernels(KernelOptions options) {
    this.pool = new WorkerPool(options.threads());
  }

  /** As {@link Kernels#linear(List, FloatMatrix, List)}. */
  abstract void computeLinear(List<Tensor> w, FloatMatrix x, List<FloatMatrix> y);

  /** As {@link Kernels#gatedSilu}. */
  abstract void computeGatedSilu(Tensor w1, Tensor w3, FloatMatrix x, FloatMatrix y);

  /** As {@link Kernels#embed}. */
  abstract void computeEmbed(Tensor table, int[] tokens, FloatMatrix y);

  /** As {@link Kernels#rmsNorm}. */
  abstract void computeRmsNorm(FloatMatrix x, Tensor weight, float eps, FloatMatrix y);

  /** As {@link Kernels#rope}. */
  abstract void computeRope(FloatMatrix x, int headDim, FloatMatrix cosSin, RopeLayout layout);

  /** As {@link Kernels#attention}. */
  abstract void computeAttention(AttentionBatch batch);

  /** As {@link Kernels#store}. */
  abstract void computeStore(FloatMatrix x, KvRows rows, int firstRow);

  /** As {@link Kernels#add}. */
  abstract void computeAdd(FloatMatrix x, FloatMatrix y);

  /** As {@link Kernels#addScaledRows}. */
  abstract void computeAddScaledRows(FloatMatrix x, int[] targets, float[] scales, FloatMatrix y);

  @Override
  public final int threads() {
    return pool.threads();
  }

  @Override
  public final void linear(Tensor w, FloatMatrix x, FloatMatrix y) {
    linear(List.of(w), x, List.of(y));
  }

  @Override
  public final void linear(List<Tensor> w, FloatMatrix x, List<FloatMatrix> y) {
    require(w.size() == y.size(), () -> "%d weights but %d outputs".formatted(w.size(), y.size()));
    for (int i = 0; i < w.size(); i++) {
      Shapes.product(w.get(i), x, y.get(i));
    }
    if (x.rows() > 0) {
      computeLinear(w, x, y);
    }
  }

  @Override
  public final void gatedSilu(Tensor w1, Tensor w3, FloatMatrix x, FloatMatrix y) {
    Shapes.product(w1, x, y);
    Shapes.product(w3, x, y);
    if (x.rows() > 0) {
      computeGatedSilu(w1, w3, x, y);
    }
  }

  @Override
  public final void embed(Tensor table, int[] tokens, FloatMatrix y) {
    require(
        tokens.length == y.rows() && table.columns() == y.columns(),
        () ->
            "embedding %d tokens of table %s gives [%d, %d], but the output is %s"
                .formatted(tokens.length, table, tokens.length, table.columns(), Shapes.of(y)));
    int rows = table.rows();
    for (int token : tokens) {
      if (token < 0 || token >= rows) {
        throw new IllegalArgumentException(
            "token %d is outside of table %s; tokens are 0 to %d"
                .formatted(token, table, rows - 1));
      }
    }
    computeEmbed(table, tokens, y);
  }

  @Override
  public final void rmsNorm(FloatMatrix x, Tensor weight, float eps, FloatMatrix y) {
    Shapes.same("rmsNorm", x, y);
    require(
        weight.elements() == x.columns(),
        () ->
            "rmsNorm of rows of %d elements takes as many weights, but %s is given"
                .formatted(x.columns(), weight));
    require(
        !weight.dtype().isQuantised(),
        () -> "norm weights are F32, F16 or BF16, but %s is given".formatted(weight));
    computeRmsNorm(x, weight, eps, y);
  }

  @Override
  public final void rope(FloatMatrix x, int headDim, FloatMatrix cosSin, RopeLayout layout) {
    require(
        headDim > 0 && headDim % 2 == 0 && x.columns() % headDim == 0,
        () ->
            "rows of %d elements are not heads of %d, an even number"
                .formatted(x.columns(), headDim));
    require(
        cosSin.rows() == x.rows() && cosSin.columns() == headDim,
        () ->
            "rotating %s by heads of %d takes cosines and sines [%d, %d], but %s is given"
                .formatted(Shapes.of(x), headDim, x.rows(), headDim, Shapes.of(cosSin)));
    computeRope(x, headDim, cosSin, layout);
  }

  @Override
  public final void attention(AttentionBatch batch) {
    Shapes.attention(batch);
    computeAttention(batch);
  }

  @Override
  public final void store(FloatMatrix x, KvRows rows, int firstRow) {
    require(
        x.columns() == rows.rowLength()
            && firstRow >= 0
            && (long) firstRow + x.rows() <= rows.rows(),
        () ->
            "rows %s do not fit from row %d on into %d rows of %d"
                .formatted(Shapes.of(x), firstRow, rows.rows(), rows.rowLength()));
    computeStore(x, rows, firstRow);
  }

  @Override
  public final void add(FloatMatrix x, FloatMatrix y) {
    Shapes.same("add", x, y);
    computeAdd(x, y);
  }

  @Override
  public final void addScaledRows(FloatMatrix x, int[] targets, float[] scales, FloatMatrix y) {
    require(
        x.columns() == y.columns(),
        () ->
            "rows of %d elements cannot be added to rows of %d"
                .formatted(x.columns(), y.columns()));
    require(
        targets.length == x.rows() && scales.length == x.rows(),
        () ->
            "%d rows take as many targets and scales, but %d and %d are given"
                .formatted(x.rows(), targets.length, scales.length));
    Shapes.rowsOf("target", targets, y);
    computeAddScaledRows(x, targets, scales, y);
  }

  @Override
  public final void gather(FloatMatrix x, int[] rows, FloatMatrix y) {
    require(
        x.columns() == y.columns() && rows.length == y.rows(),
        () ->
            "%d rows of %s cannot be gathered in %s"
                .formatted(rows.length, Shapes.of(x), Shapes.of(y)));
    Shapes.rowsOf("source", rows, x);
    long bytes = 4L * x.columns();
    pool.run(
        rows.length,
        leastRows(x),
        (worker, from, to) -> {
          for (int i = from; i < to; i++) {
            MemorySegment.copy(x.data(), x.offset(rows[i]), y.data(), y.offset(i), bytes);
          }
        });
  }

  @Override
  public final boolean isFinite(FloatMatrix x) {
    AtomicBoolean finite = new AtomicBoolean(true);
    pool.run(
        x.rows(),
        leastRows(x),
        (worker, from, to) -> {
          if (largestExponent(x.rows(from, to - from)) == EXPONENT) {
            finite.setPlain(false);
          }
        });
    return finite.getPlain();
  }

  /** The compiler turns this loop into vector instructions. */
  private static int largestExponent(FloatMatrix x) {
    MemorySegment data = x.data();
    long n = (long) x.rows() * x.columns();
    int largest = 0;
    for (long i = 0; i < n; i++) {
      largest = Math.max(largest, data.getAtIndex(JAVA_INT, i) & EXPONENT);
    }
    return largest;
  }

  /** Rows that are worth waking a thread for where little is done with them. */
  static int leastRows(FloatMatrix x) {
    return Math.max(1, LEAST_ELEMENTS / x.columns());
  }

  @Override
  public void close() {
    pool.close();
  }

  /** Bytes of an element of keys and values. */
  static long elementBytes(KvRows rows) {
    return rows.dtype() == DType.F16 ? 2 : 4;
  }
}
