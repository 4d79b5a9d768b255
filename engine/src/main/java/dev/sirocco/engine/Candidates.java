package dev.sirocco.engine;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The tokens a draw chooses from, with relative probabilities: the most likely first, of equal ones
 * the lowest id.
 */
final class Candidates {

  private final int[] ids;
  private final double[] weights;
  private int count;

  private Candidates(int[] ids, int count) {
    this.ids = ids;
    this.count = count;
    this.weights = new double[count];
  }

  /** What temperature, top-k, top-p and min-p leave of the tokens, in this order. */
  static Candidates of(float[] logits, GenerationOptions options) {
    int[] ids = descending(logits);
    int count = options.topK() == 0 ? ids.length : Math.min(options.topK(), ids.length);
    Candidates candidates = new Candidates(ids, count);
    candidates.weigh(logits, options.temperature());
    candidates.cutTopP(options.topP());
    candidates.cutMinP(options.minP());
    return candidates;
  }

  /** The ids that are left, the most likely first. */
  int[] ids() {
    return Arrays.copyOf(ids, count);
  }

  /** Draws one; takes one number from {@code random}. */
  int draw(SplittableRandom random) {
    double at = random.nextDouble() * sum();
    for (int i = 0; i < count - 1; i++) {
      at -= weights[i];
      if (at < 0) {
        return ids[i];
      }
    }
    return ids[count - 1];
  }

  /** Probabilities relative to the most likely token, which weighs 1; drops impossible ones. */
  private void weigh(float[] logits, double temperature) {
    for (int i = 0; i < count; i++) {
      double distance = (double) logits[ids[i]] - logits[ids[0]];
      weights[i] = i == 0 ? 1 : Math.exp(distance / temperature);
    }
    while (weights[count - 1] == 0) {
      count--;
    }
  }

  /** Keeps the shortest start whose weight reaches {@code topP} of all. */
  private void cutTopP(double topP) {
    if (topP == 1) {
      return;
    }
    double wanted = topP * sum();
    double reached = 0;
    int kept = 0;
    while (kept < count && reached < wanted) {
      reached += weights[kept++];
    }
    count = kept;
  }

  /** Keeps what is at least {@code minP} times as likely as the first. */
  private void cutMinP(double minP) {
    while (weights[count - 1] < minP) {
      count--;
    }
  }

  private double sum() {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += weights[i];
    }
    return sum;
  }

  /**
   * All ids by descending logit, equal ones by ascending id: sorts longs whose upper half orders as
   * the negated float does, and whose lower half is the id.
   */
  private static int[] descending(float[] logits) {
    long[] keys = new long[logits.length];
    for (int id = 0; id < logits.length; id++) {
      int bits = Float.floatToIntBits(logits[id] + 0f);
      int ordered = bits ^ (bits >> 31 & Integer.MAX_VALUE);
      keys[id] = (long) ~ordered << 32 | id;
    }
    Arrays.sort(keys);
    int[] ids = new int[keys.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) keys[i];
    }
    return ids;
  }
}
