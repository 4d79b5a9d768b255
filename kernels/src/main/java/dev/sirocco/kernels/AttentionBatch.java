package dev.sirocco.kernels;

import dev.sirocco.tensor.FloatMatrix;
import java.util.List;

/**
 * Grouped-query attention of one layer for a flat batch of tokens.
 *
 * <p>Query head {@code h} reads key/value head {@code h / (nHeads / nKvHeads)}. The query at
 * position {@code i} sees the keys at positions {@code j} with {@code i - window < j <= i}. Scores
 * are scaled by {@code 1/sqrt(headDim)}.
 *
 * @param q rotated queries [Q, nHeads * headDim]
 * @param newKeys rotated keys of the batch's tokens [T, nKvHeads * headDim], in the cache's type
 * @param newValues values of the batch's tokens [T, nKvHeads * headDim], in the cache's type
 * @param out receives the result [Q, nHeads * headDim]
 * @param slices which rows belong to which sequence; together they cover all queries
 * @param nHeads query heads
 * @param nKvHeads key/value heads; divides {@code nHeads}
 * @param headDim elements of a head
 * @param window visible positions, itself included; {@link #NO_WINDOW} for all
 */
public record AttentionBatch(
    FloatMatrix q,
    KvRows newKeys,
    KvRows newValues,
    FloatMatrix out,
    List<AttentionSlice> slices,
    int nHeads,
    int nKvHeads,
    int headDim,
    int window) {

  /** A window that hides nothing. */
  public static final int NO_WINDOW = Integer.MAX_VALUE;

  /** First position that the query at {@code position} sees. */
  public int firstVisible(int position) {
    return Math.max(0, position - window + 1);
  }
}
