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
  private final float[][] keys; // [Dh][positions]
  private final float[][] values; // [positions][Dh]
  private final double[] scores;
  private final double[] sums;

  ScalarAttention(AttentionBatch batch, AttentionSlice slice, int kvHead) {
    this.batch = batch;
    this.slice = slice;
    this.kvHead = kvHead;
    this.headDim = batch.headDim();
    this.firstPosition = batch.firstVisible(slice.queryPosition());
    this.endPosition = slice.startPosition() + slice.count();
    int positions = endPosition - firstPosition;
    this.keys = new float[headDim][positions];
    this.values = new float[positions][headDim];
    this.scores = new double[positions];
    this.sums = new double[headDim];
  }

  void run() {
    float[] key = new float[headDim];
    for (int position = firstPosition; position < endPosition; position++) {
      load(slice.keys(), batch.newKeys(), position, key);
      for (int d = 0; d < headDim; d++) {
        keys[d][position - firstPosition] = key[d];
      }
      load(slice.values(), batch.newValues(), position, values[position - firstPosition]);
    }
    int group = batch.nHeads() / batch.nKvHeads();
    for (int i = 0; i < slice.queries(); i++) {
      for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
        attend(slice.firstQuery() + i, slice.queryPosition() + i, head);
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
    Dequantizer.dequantize(rows.dtype(), rows.data(), offset, target, 0, headDim);
  }

  private void attend(int row, int position, int head) {
    int first = batch.firstVisible(position) - firstPosition;
    int end = position + 1 - firstPosition;
    double scale = 1 / Math.sqrt(headDim);
    Arrays.fill(scores, first, end, 0.0);
    for (int d = 0; d < headDim; d++) {
      addProducts(batch.q().get(row, head * headDim + d), keys[d], scores, first, end);
    }
    double highest = Double.NEGATIVE_INFINITY;
    for (int j = first; j < end; j++) {
      scores[j] *= scale;
      highest = Math.max(highest, scores[j]);
    }
    Arrays.fill(sums, 0.0);
    double total = 0;
    for (int j = first; j < end; j++) {
      double weight = Math.exp(scores[j] - highest);
      total += weight;
      addProducts(weight, values[j], sums, 0, headDim);
    }
    for (int d = 0; d < headDim; d++) {
      batch.out().set(row, head * headDim + d, (float) (sums[d] / total));
    }
  }

  private static void addProducts(double weight, float[] x, double[] sums, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += weight * x[i];
    }
  }
}
