package dev.sirocco.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Finds the most likely tokens. */
final class TopTokens {

  private static final Comparator<Candidate> WORST_FIRST =
      Comparator.comparingDouble(Candidate::logit)
          .thenComparing(Candidate::id, Comparator.reverseOrder());

  private record Candidate(int id, float logit) {}

  private TopTokens() {}

  /**
   * The {@code count} most likely tokens, the likeliest first, of equal ones the lowest id.
   *
   * @param logSumExp of the logits
   */
  static List<TokenProbability> of(float[] logits, double logSumExp, int count) {
    PriorityQueue<Candidate> best = new PriorityQueue<>(WORST_FIRST);
    for (int id = 0; count > 0 && id < logits.length; id++) {
      if (best.size() < count) {
        best.add(new Candidate(id, logits[id]));
      } else if (logits[id] > best.element().logit()) {
        best.remove();
        best.add(new Candidate(id, logits[id]));
      }
    }
    List<TokenProbability> top = new ArrayList<>(best.size());
    while (!best.isEmpty()) {
      Candidate next = best.remove();
      top.addFirst(new TokenProbability(next.id(), (float) (next.logit() - logSumExp)));
    }
    return top;
  }
}
