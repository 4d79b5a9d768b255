package dev.sirocco.model;

import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.MoeConfig;
import dev.sirocco.weights.TensorNames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Sparse mixture of experts: each token is the weighted sum of the experts its router chose (Jiang
 * et al. 2024, "Mixtral of Experts", section 2.1). No token is dropped.
 *
 * <p>Tokens are grouped by expert, so that every matrix is multiplied once per batch. With topK = 2
 * and the choices token 0: 3, 1; token 1: 1, 2; token 2: 3, 1, expert 1 computes tokens 0, 1, 2,
 * expert 2 token 1, and expert 3 tokens 0 and 2. Experts add to the residual stream in ascending
 * order; so a token's sum has one order whatever else is in the batch.
 *
 * @see Experts
 * @see Kernels
 */
final class MoeLayer implements FeedForwardLayer {

  private final int layer;
  private final MoeConfig moe;
  private final Kernels kernels;
  private final Experts experts;
  private final Tensor gate;
  private final MoeBuffers buffers;
  private final Supplier<Optional<RoutingListener>> listener;

  MoeLayer(
      int layer,
      ModelConfig config,
      ModelWeights weights,
      Kernels kernels,
      Experts experts,
      MoeBuffers buffers,
      Arena arena,
      Supplier<Optional<RoutingListener>> listener) {
    this.layer = layer;
    this.moe = config.moe().orElseThrow();
    this.kernels = kernels;
    this.experts = experts;
    this.gate =
        inFloat32(
            Shapes.matrix(weights, TensorNames.gate(layer), moe.nExperts(), config.dim()), arena);
    this.buffers = buffers;
    this.listener = listener;
  }

  /** The router as F32, so that no kernel rounds its input or its weights. */
  private static Tensor inFloat32(Tensor gate, Arena arena) {
    if (gate.dtype() == DType.F32) {
      return gate;
    }
    float[] values = new float[Math.toIntExact(gate.elements())];
    Dequantizer.dequantize(gate.dtype(), gate.data(), 0, values, 0, values.length);
    FloatMatrix copy = FloatMatrix.allocate(arena, gate.rows(), gate.columns());
    copy.data().copyFrom(MemorySegment.ofArray(values));
    return new Tensor(gate.name(), DType.F32, gate.shape(), copy.data());
  }

  @Override
  public void forward(List<Batch.Placed> parts, Workspace ws) {
    int tokens = ws.xn().rows();
    FloatMatrix logits = buffers.logits().rows(0, tokens);
    kernels.linear(gate, ws.xn(), logits);
    Routing routing = Routing.choose(logits, Batch.expertsPerToken(parts, moe.topK()));
    listener.get().ifPresent(l -> l.routed(layer, routing));
    for (ExpertGroup group : ExpertGroup.of(routing, moe.nExperts())) {
      int n = group.size();
      FloatMatrix in = buffers.in().rows(0, n);
      FloatMatrix out = buffers.out().rows(0, n);
      kernels.gather(ws.xn(), group.rows(), in);
      experts.forward(layer, group.expert(), in, ws.hidden().rows(0, n), out);
      kernels.addScaledRows(out, group.rows(), group.weights(), ws.x());
    }
  }
}
