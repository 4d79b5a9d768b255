package dev.sirocco.weights;

import dev.sirocco.tensor.RopeLayout;

/**
 * Rotary position embedding of a model.
 *
 * @param theta base of the frequencies: pair i of a head turns by {@code theta^(-2i/headDim)} a
 *     position
 * @param layout which elements of a head form pairs in this file's weights
 * @param scaling how frequencies are stretched
 */
public record RopeConfig(double theta, RopeLayout layout, RopeScaling scaling) {

  /**
   * @throws IllegalArgumentException if theta is not above 0 and finite
   */
  public RopeConfig {
    if (!(theta > 0) || Double.isInfinite(theta)) {
      throw new IllegalArgumentException("rope theta must be above 0 and finite, but is " + theta);
    }
  }
}
