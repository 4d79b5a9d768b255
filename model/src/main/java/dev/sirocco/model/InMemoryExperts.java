package dev.sirocco.model;

import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.MoeConfig;
import dev.sirocco.weights.TensorNames;
import java.util.ArrayList;
import java.util.List;

/** All experts in (mapped) memory of this process. */
public final class InMemoryExperts implements Experts {

  private final Kernels kernels;
  private final List<List<Expert>> layers = new ArrayList<>();

  /** The matrices of one expert; w1 and w3: [F, D], w2: [D, F]. */
  private record Expert(Tensor w1, Tensor w2, Tensor w3) {}

  /**
   * Looks up all experts.
   *
   * @throws dev.sirocco.weights.ModelFormatException if one is missing or has another shape
   */
  public InMemoryExperts(ModelConfig config, ModelWeights weights, Kernels kernels) {
    this.kernels = kernels;
    int nExperts = config.moe().map(MoeConfig::nExperts).orElse(0);
    for (int layer = 0; layer < config.nLayers(); layer++) {
      List<Expert> experts = new ArrayList<>(nExperts);
      for (int e = 0; e < nExperts; e++) {
        experts.add(expert(config, weights, layer, e));
      }
      layers.add(experts);
    }
  }

  private static Expert expert(ModelConfig config, ModelWeights weights, int layer, int e) {
    int dim = config.dim();
    int hidden = config.hiddenDim();
    return new Expert(
        Shapes.matrix(weights, TensorNames.expert(layer, e, "w1"), hidden, dim),
        Shapes.matrix(weights, TensorNames.expert(layer, e, "w2"), dim, hidden),
        Shapes.matrix(weights, TensorNames.expert(layer, e, "w3"), hidden, dim));
  }

  @Override
  public void forward(int layer, int expert, FloatMatrix x, FloatMatrix hidden, FloatMatrix y) {
    Expert matrices = layers.get(layer).get(expert);
    kernels.gatedSilu(matrices.w1(), matrices.w3(), x, hidden);
    kernels.linear(matrices.w2(), hidden, y);
  }
}
