package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.FLOATS;
import static dev.sirocco.kernels.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of a few neighbouring tokens, for the query heads that share one key/value head, with a
 * running softmax (Milakov and Gimelshein 2018) over blocks of keys.
 *
 * <p>Blocks begin at absolute positions that are multiples of {@link #BLOCK}, and a query visits
 * just those blocks that it sees something of; so its result does not depend on its neighbours, nor
 * on how a text was cut into chunks. Example with blocks of 64 and a window of 100: the query at
 * position 150 sees 51 to 150, and visits [51, 64), [64, 128) and [128, 151).
 *
 * <p>Holds scratch memory: one instance for each thread.
 */
final class VectorAttention {

  private static final int BLOCK = 64;

  private final WeightDecoder decoder = new WeightDecoder();
  private final float[] scores = new float[BLOCK];

  private float[] queries = new float[0]; // [tokens * heads, width]
  private float[] sums = new float[0]; // [tokens * heads, width]
  private float[] highest = new float[0]; // [tokens * heads]
  private float[] totals = new float[0]; // [tokens * heads]
  private float[] keys = new float[0]; // [BLOCK, width]
  private float[] values = new float[0]; // [BLOCK, width]

  private int headDim;
  private int width;
  private int group;

  /** The queries {@code first} to {@code first + count - 1} of a slice. */
  void run(AttentionBatch batch, AttentionSlice slice, int first, int count, int kvHead) {
    prepare(batch, count);
    int row = slice.firstQuery() + first;
    int position = slice.queryPosition() + first;
    loadQueries(batch, row, count, kvHead);
    int end = position + count;
    int start = batch.firstVisible(position);
    for (int block = start - start % BLOCK; block < end; block += BLOCK) {
      int from = Math.max(start, block);
      int to = Math.min(end, block + BLOCK);
      load(slice.keys(), batch.newKeys(), slice, kvHead, from, to, keys, block);
      load(slice.values(), batch.newValues(), slice, kvHead, from, to, values, block);
      for (int i = 0; i < count; i++) {
        int low = Math.max(batch.firstVisible(position + i), block) - block;
        int high = Math.min(position + i + 1, block + BLOCK) - block;
        for (int head = i * group; low < high && head < (i + 1) * group; head++) {
          visit(head, low, high);
        }
      }
    }
    storeResults(batch, row, count, kvHead);
  }

  private void prepare(AttentionBatch batch, int count) {
    boolean sameHeads = headDim == batch.headDim();
    headDim = batch.headDim();
    width = VectorWidth.padded(headDim);
    group = batch.nHeads() / batch.nKvHeads();
    int heads = count * group;
    if (!sameHeads) {
      keys = new float[BLOCK * width];
      values = new float[BLOCK * width];
    }
    if (queries.length < heads * width || totals.length < heads) {
      queries = new float[heads * width];
      sums = new float[heads * width];
      highest = new float[heads];
      totals = new float[heads];
    }
    Arrays.fill(queries, 0f);
    Arrays.fill(sums, 0, heads * width, 0f);
    Arrays.fill(highest, 0, heads, Float.NEGATIVE_INFINITY);
    Arrays.fill(totals, 0, heads, 0f);
  }

  private void loadQueries(AttentionBatch batch, int row, int count, int kvHead) {
    float scale = (float) (1 / Math.sqrt(headDim));
    for (int head = 0; head < count * group; head++) {
      long offset = offset(batch, row, head, kvHead);
      MemorySegment.copy(batch.q().data(), JAVA_FLOAT, offset, queries, head * width, headDim);
    }
    for (int i = 0; i < count * group * width; i += LANES) {
      FloatVector.fromArray(FLOATS, queries, i).mul(scale).intoArray(queries, i);
    }
  }

  /** Byte offset, in queries and results, of the {@code head}-th query of this run. */
  private long offset(AttentionBatch batch, int row, int head, int kvHead) {
    int column = (kvHead * group + head % group) * headDim;
    return batch.q().offset(row + head / group) + 4L * column;
  }

  /** The head's parts of the rows at positions {@code from} to {@code to - 1}, as floats. */
  private void load(
      KvRows cached,
      KvRows fresh,
      AttentionSlice slice,
      int kvHead,
      int from,
      int to,
      float[] target,
      int block) {
    for (int position = from; position < to; position++) {
      boolean old = position < slice.startPosition();
      KvRows rows = old ? cached : fresh;
      int row =
          old ? slice.layout().slot(position) : slice.firstRow() + position - slice.startPosition();
      long offset = row * rows.rowBytes() + CheckedKernels.elementBytes(rows) * kvHead * headDim;
      decoder.decode(
          rows.dtype(), rows.data(), offset, target, (position - block) * width, headDim);
    }
  }

  /** Lets one query see the positions {@code low} to {@code high - 1} of the loaded block. */
  private void visit(int head, int low, int high) {
    score(queries, head * width, keys, width, low, high, scores);
    float before = highest[head];
    float most = Math.max(before, weigh(low, high, before));
    highest[head] = most;
    float keep = VectorMath.exp(FloatVector.broadcast(FLOATS, before - most)).lane(0);
    totals[head] = Math.fma(totals[head], keep, blockTotal());
    addValues(sums, head * width, keep, scores, values, width, low, high);
  }

  /** scores[j] = query * key j. */
  private static void score(
      float[] queries, int at, float[] keys, int width, int low, int high, float[] scores) {
    for (int j = low; j < high; j++) {
      FloatVector products = FloatVector.zero(FLOATS);
      int key = j * width;
      for (int d = 0; d < width; d += LANES) {
        FloatVector q = FloatVector.fromArray(FLOATS, queries, at + d);
        products = q.fma(FloatVector.fromArray(FLOATS, keys, key + d), products);
      }
      scores[j] = VectorMath.sum(products);
    }
  }

  /** Turns scores into e^(score - highest), and hidden ones into 0; the block's highest score. */
  private float weigh(int low, int high, float before) {
    float most = before;
    for (int j = low; j < high; j++) {
      most = Math.max(most, scores[j]);
    }
    for (int j = 0; j < BLOCK; j += LANES) {
      VectorMath.exp(FloatVector.fromArray(FLOATS, scores, j).sub(most)).intoArray(scores, j);
    }
    Arrays.fill(scores, 0, low, 0f);
    Arrays.fill(scores, high, BLOCK, 0f);
    return most;
  }

  private float blockTotal() {
    FloatVector total = FloatVector.zero(FLOATS);
    for (int j = 0; j < BLOCK; j += LANES) {
      total = total.add(FloatVector.fromArray(FLOATS, scores, j));
    }
    return VectorMath.sum(total);
  }

  /** sums = keep * sums + weighted values. */
  private static void addValues(
      float[] sums,
      int at,
      float keep,
      float[] weights,
      float[] values,
      int width,
      int low,
      int high) {
    int d = 0;
    for (; d + 4 * LANES <= width; d += 4 * LANES) {
      addFour(sums, at + d, keep, weights, values, d, width, low, high);
    }
    for (; d < width; d += LANES) {
      FloatVector sum = FloatVector.fromArray(FLOATS, sums, at + d).mul(keep);
      for (int j = low; j < high; j++) {
        FloatVector weight = FloatVector.broadcast(FLOATS, weights[j]);
        sum = weight.fma(FloatVector.fromArray(FLOATS, values, j * width + d), sum);
      }
      sum.intoArray(sums, at + d);
    }
  }

  private static void addFour(
      float[] sums,
      int at,
      float keep,
      float[] weights,
      float[] values,
      int column,
      int width,
      int low,
      int high) {
    FloatVector a = FloatVector.fromArray(FLOATS, sums, at).mul(keep);
    FloatVector b = FloatVector.fromArray(FLOATS, sums, at + LANES).mul(keep);
    FloatVector c = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES).mul(keep);
    FloatVector d = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES).mul(keep);
    for (int j = low; j < high; j++) {
      FloatVector weight = FloatVector.broadcast(FLOATS, weights[j]);
      int value = j * width + column;
      a = weight.fma(FloatVector.fromArray(FLOATS, values, value), a);
      b = weight.fma(FloatVector.fromArray(FLOATS, values, value + LANES), b);
      c = weight.fma(FloatVector.fromArray(FLOATS, values, value + 2 * LANES), c);
      d = weight.fma(FloatVector.fromArray(FLOATS, values, value + 3 * LANES), d);
    }
    a.intoArray(sums, at);
    b.intoArray(sums, at + LANES);
    c.intoArray(sums, at + 2 * LANES);
    d.intoArray(sums, at + 3 * LANES);
  }

  private void storeResults(AttentionBatch batch, int row, int count, int kvHead) {
    for (int head = 0; head < count * group; head++) {
      float total = totals[head];
      for (int d = head * width; d < (head + 1) * width; d += LANES) {
        FloatVector.fromArray(FLOATS, sums, d).div(total).intoArray(sums, d);
      }
      long offset = offset(batch, row, head, kvHead);
      MemorySegment.copy(sums, head * width, batch.out().data(), JAVA_FLOAT, offset, headDim);
    }
  }
}
