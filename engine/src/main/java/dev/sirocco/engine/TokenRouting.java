package dev.sirocco.engine;

import java.util.List;

/**
 * Which experts computed one token.
 *
 * @param layers per layer the experts chosen, best first, with their weights; empty for a token
 *     that never went through the model (the last one of an answer that was cut), and for dense
 *     models
 */
public record TokenRouting(List<Choice> layers) {

  /**
   * The experts of one layer.
   *
   * @param experts indices, from the highest router logit to the lowest
   * @param weights shares of the result, in the same order; they sum to 1
   */
  public record Choice(List<Integer> experts, List<Float> weights) {
    public Choice {
      experts = List.copyOf(experts);
      weights = List.copyOf(weights);
    }
  }

  public TokenRouting {
    layers = List.copyOf(layers);
  }
}
