package dev.sirocco.engine;

/** Receives the results of {@link LanguageModel#logits} position by position. */
@FunctionalInterface
public interface LogitsSink {

  /**
   * Takes the results of one position; called in ascending order.
   *
   * @param position 0 to T - 1
   * @param logits [V]; the array is reused for the next position
   * @param routerLogits per layer [E], reused as well; no layers for a dense model
   */
  void accept(int position, float[] logits, float[][] routerLogits);
}
