package dev.sirocco.model;

import dev.sirocco.tensor.FloatMatrix;

/**
 * The feed-forward blocks that a router chooses from, wherever they live.
 *
 * <p>{@link MoeLayer} asks for each chosen expert of a layer once per batch, with all its tokens,
 * in ascending order of experts. Used by one thread at a time.
 */
public interface Experts {

  /**
   * y = w2 (silu(w1 x) * w3 x) with the matrices of one expert; every row of y depends on the same
   * row of x alone.
   *
   * @param layer layer of the model, from 0
   * @param expert expert of the layer, from 0
   * @param x tokens [N, D], N at most the rows of {@code hidden}
   * @param hidden scratch memory [N, F]
   * @param y receives the result [N, D]
   */
  void forward(int layer, int expert, FloatMatrix x, FloatMatrix hidden, FloatMatrix y);
}
