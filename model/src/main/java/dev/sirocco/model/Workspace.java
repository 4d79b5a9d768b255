package dev.sirocco.model;

import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.weights.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The memory of a forward pass: allocated once for the largest batch, a view of the first rows for
 * each pass. Shapes: T tokens, D model dimension, H query heads, K key/value heads, Dh head
 * dimension, F feed-forward dimension.
 *
 * @param x residual stream [T, D]
 * @param xn normalised input of a sub-layer, then its output [T, D]
 * @param q queries [T, H * Dh]
 * @param k keys [T, K * Dh]
 * @param v values [T, K * Dh]
 * @param newKeys rotated keys in the cache's type [T, K * Dh]
 * @param newValues values in the cache's type [T, K * Dh]
 * @param heads output of the attention heads [T, H * Dh]
 * @param hidden inside of the feed-forward block or of one expert [T, F]
 * @param cosSin rotation of each row [T, Dh]
 */
record Workspace(
    FloatMatrix x,
    FloatMatrix xn,
    FloatMatrix q,
    FloatMatrix k,
    FloatMatrix v,
    KvRows newKeys,
    KvRows newValues,
    FloatMatrix heads,
    FloatMatrix hidden,
    FloatMatrix cosSin) {

  static Workspace allocate(Arena arena, ModelConfig config, DType kvType, int rows) {
    return new Workspace(
        FloatMatrix.allocate(arena, rows, config.dim()),
        FloatMatrix.allocate(arena, rows, config.dim()),
        FloatMatrix.allocate(arena, rows, config.queryDim()),
        FloatMatrix.allocate(arena, rows, config.kvDim()),
        FloatMatrix.allocate(arena, rows, config.kvDim()),
        KvRows.allocate(arena, kvType, rows, config.kvDim()),
        KvRows.allocate(arena, kvType, rows, config.kvDim()),
        FloatMatrix.allocate(arena, rows, config.queryDim()),
        FloatMatrix.allocate(arena, rows, config.hiddenDim()),
        FloatMatrix.allocate(arena, rows, config.headDim()));
  }

  /**
   * Moves rows of the residual stream, its normalised form and the rotations to the front.
   *
   * @param rows ascending
   * @return a view of as many rows
   */
  Workspace gather(int[] rows) {
    for (FloatMatrix matrix : List.of(x, xn, cosSin)) {
      for (int i = 0; i < rows.length; i++) {
        MemorySegment.copy(
            matrix.data(),
            matrix.offset(rows[i]),
            matrix.data(),
            matrix.offset(i),
            4L * matrix.columns());
      }
    }
    return first(rows.length);
  }

  /** A view of the first {@code rows} rows of everything. */
  Workspace first(int rows) {
    return new Workspace(
        x.rows(0, rows),
        xn.rows(0, rows),
        q.rows(0, rows),
        k.rows(0, rows),
        v.rows(0, rows),
        first(newKeys, rows),
        first(newValues, rows),
        heads.rows(0, rows),
        hidden.rows(0, rows),
        cosSin.rows(0, rows));
  }

  private static KvRows first(KvRows all, int rows) {
    return new KvRows(
        all.dtype(), all.data().asSlice(0, rows * all.rowBytes()), rows, all.rowLength());
  }
}
