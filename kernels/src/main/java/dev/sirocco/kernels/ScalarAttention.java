package dev.sirocco.kernels;

import dev.sirocco.tensor.Dequantizer;
import java.util.Arrays;

/**
 * Attention of the query heads that share one key/value head, for the new tokens of one sequence:
 * all scores of a query, then their softmax, then the weighted values, in double precision.
 */
final class ScalarAttention {

  private final AttentionBatch batch;
  private final AttentionSlice slice;
  private final int kvHead;
  private final int headDim;
  private final int firstPosition;
  private final int endPosition;
  private final float[] keys; // [positions, Dh]
  private final float[] values; // [positions, Dh]
  private final double[] scores;
  private final double[] sums;

  ScalarAttention(AttentionBatch batch, AttentionSlice slice, int kvHead) {
    this.batch = batch;
    this.slice = slice;
    this.kvHead = kvHead;
    this.headDim = batch.headDim();
    this.firstPosition = batch.firstVisible(slice.startPosition());
    this.endPosition = slice.startPosition() + slice.count();
    int positions = endPosition - firstPosition;
    this.keys = new float[Math.multiplyExact(positions, headDim)];
    this.values = new float[positions * headDim];
    this.scores = new double[positions];
    this.sums = new double[headDim];
  }

  void run() {
    for (int position = firstPosition; position < endPosition; position++) {
      load(slice.keys(), batch.newKeys(), position, keys);
      load(slice.values(), batch.newValues(), position, values);
    }
    int group = batch.nHeads() / batch.nKvHeads();
    for (int i = 0; i < slice.count(); i++) {
      for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
        attend(slice.firstRow() + i, slice.startPosition() + i, head);
      }
    }
  }

  /** Copies the head's part of the row at {@code position}, from the cache or the new rows. */
  private void load(KvRows cached, KvRows fresh, int position, float[] target) {
    boolean old = position < slice.startPosition();
    KvRows rows = old ? cached : fresh;
    int row =
        old ? slice.layout().slot(position) : slice.firstRow() + position - slice.startPosition();
    long offset =
        row * rows.rowBytes() + (long) kvHead * headDim * CheckedKernels.elementBytes(rows);
    int at = (position - firstPosition) * headDim;
    Dequantizer.dequantize(rows.dtype(), rows.data(), offset, target, at, headDim);
  }

  private void attend(int row, int position, int head) {
    int first = batch.firstVisible(position) - firstPosition;
    int end = position + 1 - firstPosition;
    double scale = 1 / Math.sqrt(headDim);
    double highest = Double.NEGATIVE_INFINITY;
    for (int j = first; j < end; j++) {
      double score = 0;
      for (int d = 0; d < headDim; d++) {
        score += (double) batch.q().get(row, head * headDim + d) * keys[j * headDim + d];
      }
      scores[j] = score * scale;
      highest = Math.max(highest, scores[j]);
    }
    Arrays.fill(sums, 0.0);
    double total = 0;
    for (int j = first; j < end; j++) {
      double weight = Math.exp(scores[j] - highest);
      total += weight;
      for (int d = 0; d < headDim; d++) {
        sums[d] += weight * values[j * headDim + d];
      }
    }
    for (int d = 0; d < headDim; d++) {
      batch.out().set(row, head * headDim + d, (float) (sums[d] / total));
    }
  }
}
