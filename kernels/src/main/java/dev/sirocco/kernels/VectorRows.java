package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** The operations that treat each row, or each element, by itself. */
final class VectorRows {

  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED;

  /** Rows that a thread claims together. */
  private static final int GRAIN = 4;

  /** Columns that a thread claims together, where rows are added to each other. */
  private static final int COLUMNS = 512;

  private final WorkerPool pool;
  private final Scratch[] scratch;
  private float[] normWeights = new float[0];

  /** One thread's memory. */
  private static final class Scratch {
    private final WeightDecoder decoder = new WeightDecoder();
    private float[] row = new float[0];
    private float[] other = new float[0];
    private short[] halves = new short[0];

    /** Makes room for rows of {@code width}, a number of whole vectors. */
    void ensure(int width) {
      if (row.length < width) {
        row = new float[width];
        other = new float[width];
        halves = new short[width];
      }
    }
  }

  VectorRows(WorkerPool pool) {
    this.pool = pool;
    this.scratch = new Scratch[pool.threads()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Scratch();
    }
  }

  private Scratch scratch(int worker, int columns) {
    scratch[worker].ensure(VectorWidth.padded(columns));
    return scratch[worker];
  }

  void embed(Tensor table, int[] tokens, FloatMatrix y) {
    int d = y.columns();
    pool.run(
        tokens.length,
        GRAIN,
        (worker, from, to) -> {
          Scratch s = scratch(worker, d);
          for (int t = from; t < to; t++) {
            long offset = tokens[t] * table.rowBytes();
            s.decoder.decode(table.dtype(), table.data(), offset, s.row, 0, d);
            store(s.row, y, t);
          }
        });
  }

  void rmsNorm(FloatMatrix x, Tensor weight, float eps, FloatMatrix y) {
    int d = x.columns();
    int width = VectorWidth.padded(d);
    if (normWeights.length < width) {
      normWeights = new float[width];
    }
    scratch[0].decoder.decode(weight.dtype(), weight.data(), 0, normWeights, 0, d);
    pool.run(
        x.rows(),
        GRAIN,
        (worker, from, to) -> {
          Scratch s = scratch(worker, d);
          for (int t = from; t < to; t++) {
            load(x, t, s.row);
            Arrays.fill(s.row, d, width, 0f);
            float scale = (float) (1 / Math.sqrt((double) squares(s.row, width) / d + eps));
            scale(s.row, scale, normWeights, width);
            store(s.row, y, t);
          }
        });
  }

  private static float squares(float[] row, int width) {
    FloatVector sums = FloatVector.zero(FLOATS);
    for (int i = 0; i < width; i += LANES) {
      FloatVector v = FloatVector.fromArray(FLOATS, row, i);
      sums = v.fma(v, sums);
    }
    return VectorMath.sum(sums);
  }

  private static void scale(float[] row, float scale, float[] weights, int width) {
    for (int i = 0; i < width; i += LANES) {
      FloatVector w = FloatVector.fromArray(FLOATS, weights, i);
      FloatVector.fromArray(FLOATS, row, i).mul(scale).mul(w).intoArray(row, i);
    }
  }

  void rope(FloatMatrix x, int headDim, FloatMatrix cosSin, RopeLayout layout) {
    int pairs = headDim / 2;
    boolean interleaved = layout == RopeLayout.INTERLEAVED;
    pool.run(
        x.rows(),
        GRAIN,
        (worker, from, to) -> {
          Scratch s = scratch(worker, Math.max(x.columns(), headDim));
          for (int t = from; t < to; t++) {
            load(x, t, s.row);
            load(cosSin, t, s.other);
            for (int head = 0; head < x.columns(); head += headDim) {
              if (interleaved) {
                turnNeighbours(s.row, head, s.other, pairs);
              } else {
                turnHalves(s.row, head, s.other, pairs);
              }
            }
            store(s.row, x, t);
          }
        });
  }

  private static void turnNeighbours(float[] row, int head, float[] cosSin, int pairs) {
    for (int i = 0; i < pairs; i++) {
      float a = row[head + 2 * i];
      float b = row[head + 2 * i + 1];
      float cos = cosSin[i];
      float sin = cosSin[pairs + i];
      row[head + 2 * i] = a * cos - b * sin;
      row[head + 2 * i + 1] = a * sin + b * cos;
    }
  }

  private static void turnHalves(float[] row, int head, float[] cosSin, int pairs) {
    for (int i = 0; i < pairs; i++) {
      float a = row[head + i];
      float b = row[head + pairs + i];
      float cos = cosSin[i];
      float sin = cosSin[pairs + i];
      row[head + i] = a * cos - b * sin;
      row[head + pairs + i] = a * sin + b * cos;
    }
  }

  void store(FloatMatrix x, KvRows rows, int firstRow) {
    int d = x.columns();
    pool.run(
        x.rows(),
        GRAIN,
        (worker, from, to) -> {
          Scratch s = scratch(worker, d);
          for (int t = from; t < to; t++) {
            load(x, t, s.row);
            long offset = (firstRow + t) * rows.rowBytes();
            switch (rows.dtype()) {
              case F32 -> MemorySegment.copy(s.row, 0, rows.data(), JAVA_FLOAT, offset, d);
              case F16 -> {
                toHalves(s.row, s.halves, d);
                MemorySegment.copy(s.halves, 0, rows.data(), HALF, offset, d);
              }
              default -> throw new IllegalArgumentException("cannot store " + rows.dtype());
            }
          }
        });
  }

  /** The compiler turns this loop into vector instructions. */
  private static void toHalves(float[] row, short[] halves, int count) {
    for (int i = 0; i < count; i++) {
      halves[i] = Float.floatToFloat16(row[i]);
    }
  }

  void add(FloatMatrix x, FloatMatrix y) {
    int d = x.columns();
    pool.run(
        x.rows(),
        GRAIN,
        (worker, from, to) -> {
          Scratch s = scratch(worker, d);
          for (int t = from; t < to; t++) {
            load(x, t, s.row);
            load(y, t, s.other);
            addScaled(s.row, 1f, s.other, d);
            store(s.other, y, t);
          }
        });
  }

  void addScaledRows(FloatMatrix x, int[] targets, float[] scales, FloatMatrix y) {
    int chunks = (x.columns() + COLUMNS - 1) / COLUMNS;
    pool.run(
        chunks,
        1,
        (worker, from, to) -> {
          Scratch s = scratch(worker, COLUMNS);
          for (int chunk = from; chunk < to; chunk++) {
            int first = chunk * COLUMNS;
            int count = Math.min(COLUMNS, x.columns() - first);
            for (int r = 0; r < targets.length; r++) {
              long source = x.offset(r) + 4L * first;
              long target = y.offset(targets[r]) + 4L * first;
              MemorySegment.copy(x.data(), JAVA_FLOAT, source, s.row, 0, count);
              MemorySegment.copy(y.data(), JAVA_FLOAT, target, s.other, 0, count);
              addScaled(s.row, scales[r], s.other, count);
              MemorySegment.copy(s.other, 0, y.data(), JAVA_FLOAT, target, count);
            }
          }
        });
  }

  /** target += scale * source, one rounding for each element. */
  private static void addScaled(float[] source, float scale, float[] target, int count) {
    int width = VectorWidth.padded(count);
    FloatVector factor = FloatVector.broadcast(FLOATS, scale);
    for (int i = 0; i < width; i += LANES) {
      FloatVector sum = FloatVector.fromArray(FLOATS, target, i);
      FloatVector.fromArray(FLOATS, source, i).fma(factor, sum).intoArray(target, i);
    }
  }

  private static void load(FloatMatrix x, int row, float[] target) {
    MemorySegment.copy(x.data(), JAVA_FLOAT, x.offset(row), target, 0, x.columns());
  }

  private static void store(float[] source, FloatMatrix y, int row) {
    MemorySegment.copy(source, 0, y.data(), JAVA_FLOAT, y.offset(row), y.columns());
  }
}
