package dev.sirocco.weights;

import dev.sirocco.tensor.Tensor;

/**
 * The tensors of a model under Sirocco's names ({@link TensorNames}), with the hyper-parameters
 * that shape them.
 */
public interface ModelWeights {

  /** The model's hyper-parameters. */
  ModelConfig config();

  /**
   * The tensor with the given name.
   *
   * @throws ModelFormatException if the model has no such tensor
   */
  Tensor tensor(String name);
}
