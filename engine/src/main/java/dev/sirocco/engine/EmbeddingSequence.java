package dev.sirocco.engine;

import dev.sirocco.tensor.FloatMatrix;
import java.util.OptionalInt;

/**
 * A text whose last hidden states are averaged. Those of cached positions are not kept; so its
 * memory must not look for prefixes.
 */
final class EmbeddingSequence extends Sequence {

  private final EmbeddingOutlet outlet;
  private final double[] sum;
  private int summed;
  private boolean complete;

  EmbeddingSequence(int[] ids, int dim, SequenceMemory memory, EmbeddingOutlet outlet, Rank rank) {
    super(new TokenList(ids), memory, OptionalInt.empty(), rank);
    this.outlet = outlet;
    this.sum = new double[dim];
  }

  @Override
  boolean isComplete() {
    return complete;
  }

  @Override
  void begun(int cachedTokens) {
    outlet.begun();
  }

  @Override
  void poll() {
    complete = complete || outlet.isCancelled();
  }

  @Override
  boolean isReadingPrompt() {
    return true;
  }

  @Override
  boolean wantsHidden() {
    return true;
  }

  /** Adds a position, unless it is one that is computed again. */
  @Override
  void hidden(FloatMatrix hidden, int row, int index) {
    if (memory().cache().length() + index < summed) {
      return;
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] += hidden.get(row, i);
    }
    summed++;
  }

  @Override
  void computed() {
    complete = complete || pending() == 0;
  }

  @Override
  void deliver(double loadMillis) {
    failure().ifPresentOrElse(outlet::fail, () -> outlet.end(embedding()));
  }

  /** The sum scaled to length 1, which is the mean scaled to length 1. */
  private float[] embedding() {
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    double scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
    float[] result = new float[sum.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) (sum[i] * scale);
    }
    return result;
  }
}
