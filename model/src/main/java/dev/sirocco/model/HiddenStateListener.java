package dev.sirocco.model;

import dev.sirocco.tensor.FloatMatrix;

/** Sees the residual stream between the blocks; for tests and analysis. */
@FunctionalInterface
public interface HiddenStateListener {

  /**
   * Called {@code nLayers + 1} times a forward pass.
   *
   * @param index 0 for the embeddings, i for the input of block i, {@code nLayers} for the last
   *     block's output after the final norm
   * @param hidden [T, D], the last time only the rows whose outputs are wanted; valid only during
   *     the call
   */
  void hidden(int index, FloatMatrix hidden);
}
