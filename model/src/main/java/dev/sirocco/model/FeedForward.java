package dev.sirocco.model;

import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.TensorNames;
import java.util.List;

/** The dense feed-forward block: {@code w2 (silu(w1 x) * w3 x)} (Shazeer 2020, "SwiGLU"). */
final class FeedForward implements FeedForwardLayer {

  private final Kernels kernels;
  private final Tensor w1;
  private final Tensor w2;
  private final Tensor w3;

  FeedForward(int layer, ModelConfig config, ModelWeights weights, Kernels kernels) {
    this.kernels = kernels;
    int dim = config.dim();
    int hidden = config.hiddenDim();
    this.w1 = Shapes.matrix(weights, TensorNames.feedForward(layer, "w1"), hidden, dim);
    this.w2 = Shapes.matrix(weights, TensorNames.feedForward(layer, "w2"), dim, hidden);
    this.w3 = Shapes.matrix(weights, TensorNames.feedForward(layer, "w3"), hidden, dim);
  }

  @Override
  public void forward(List<Batch.Placed> parts, Workspace ws) {
    kernels.gatedSilu(w1, w3, ws.xn(), ws.hidden());
    kernels.linear(w2, ws.hidden(), ws.xn());
    kernels.add(ws.xn(), ws.x());
  }
}
