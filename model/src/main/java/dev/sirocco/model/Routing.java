package dev.sirocco.model;

import dev.sirocco.tensor.FloatMatrix;
import java.util.Arrays;

/**
 * What the router of one layer decided for a batch: per token the {@code topK} experts with the
 * highest logits (of equal ones the lower index), best first, weighted by a softmax over the chosen
 * logits (Jiang et al. 2024, "Mixtral of Experts", section 2.1).
 *
 * <p>Example with topK = 2 and logits {@code [1, 3, 3, 0]}: experts 1 and 2, each with weight 0.5.
 */
public final class Routing {

  private final FloatMatrix logits;
  private final int topK;
  private final int[] counts;
  private final int[] experts;
  private final float[] weights;

  private Routing(FloatMatrix logits, int[] counts) {
    this.logits = logits;
    this.counts = counts;
    this.topK = Arrays.stream(counts).max().orElse(0);
    this.experts = new int[logits.rows() * topK];
    this.weights = new float[logits.rows() * topK];
  }

  /** Chooses {@code topK} experts for every row of {@code logits}. */
  static Routing choose(FloatMatrix logits, int topK) {
    int[] counts = new int[logits.rows()];
    Arrays.fill(counts, topK);
    return choose(logits, counts);
  }

  /** Chooses {@code counts[t]} experts for row t of {@code logits}. */
  static Routing choose(FloatMatrix logits, int[] counts) {
    Routing routing = new Routing(logits, counts);
    for (int t = 0; t < logits.rows(); t++) {
      routing.chooseRow(logits.row(t), t * routing.topK, counts[t]);
    }
    return routing;
  }

  /** Router logits [T, E]; valid only while the listener runs. */
  public FloatMatrix logits() {
    return logits;
  }

  /** Number of tokens. */
  public int rows() {
    return logits.rows();
  }

  /** Experts of a token. */
  public int topK(int row) {
    return counts[row];
  }

  /** The {@code choice}-th best expert of a row, from 0. */
  public int expert(int row, int choice) {
    return experts[row * topK + choice];
  }

  /** The share of the {@code choice}-th best expert in the result of a row. */
  public float weight(int row, int choice) {
    return weights[row * topK + choice];
  }

  private void chooseRow(float[] row, int at, int count) {
    boolean[] taken = new boolean[row.length];
    for (int i = 0; i < count; i++) {
      int best = -1;
      for (int e = 0; e < row.length; e++) {
        if (!taken[e] && (best < 0 || row[e] > row[best])) {
          best = e;
        }
      }
      taken[best] = true;
      experts[at + i] = best;
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.exp(row[experts[at + i]] - row[experts[at]]);
    }
    for (int i = 0; i < count; i++) {
      weights[at + i] = (float) (Math.exp(row[experts[at + i]] - row[experts[at]]) / sum);
    }
  }
}
