package dev.sirocco.model;

import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelFormatException;
import dev.sirocco.weights.ModelWeights;
import java.util.Arrays;

/** Fetches tensors and insists on their shapes, so that no kernel ever reads past one. */
final class Shapes {

  private Shapes() {}

  static Tensor matrix(ModelWeights weights, String name, int rows, int columns) {
    return require(weights.tensor(name), rows, columns);
  }

  static Tensor vector(ModelWeights weights, String name, int elements) {
    return require(weights.tensor(name), elements);
  }

  private static Tensor require(Tensor tensor, long... shape) {
    if (!tensor.hasShape(shape)) {
      throw new ModelFormatException(
          "tensor %s has shape %s, but the hyper-parameters ask for %s; the file does not fit its configuration"
              .formatted(tensor.name(), tensor.shape(), Arrays.toString(shape)));
    }
    return tensor;
  }
}
