package dev.sirocco.model;

import dev.sirocco.kernels.AttentionBatch;
import dev.sirocco.kernels.AttentionSlice;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.TensorNames;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Grouped-query attention with rotary positions and a sliding window (Jiang et al. 2023, "Mistral
 * 7B", section 2).
 *
 * @see KvCache
 * @see MoeLayer
 */
final class Attention {

  private final int layer;
  private final Kernels kernels;
  private final ModelConfig config;
  private final Tensor wq;
  private final Tensor wk;
  private final Tensor wv;
  private final Tensor wo;

  Attention(int layer, ModelConfig config, ModelWeights weights, Kernels kernels) {
    this.layer = layer;
    this.kernels = kernels;
    this.config = config;
    int dim = config.dim();
    this.wq = Shapes.matrix(weights, TensorNames.wq(layer), config.queryDim(), dim);
    this.wk = Shapes.matrix(weights, TensorNames.wk(layer), config.kvDim(), dim);
    this.wv = Shapes.matrix(weights, TensorNames.wv(layer), config.kvDim(), dim);
    this.wo = Shapes.matrix(weights, TensorNames.wo(layer), dim, config.queryDim());
  }

  /** x += wo * attention(wq * xn, wk * xn, wv * xn); leaves keys and values in the caches. */
  void forward(List<Batch.Placed> parts, Workspace ws) {
    kernels.linear(List.of(wq, wk, wv), ws.xn(), List.of(ws.q(), ws.k(), ws.v()));
    rotate(ws.q(), ws);
    rotate(ws.k(), ws);
    kernels.store(ws.k(), ws.newKeys(), 0);
    kernels.store(ws.v(), ws.newValues(), 0);
    attend(parts, parts, ws, ws);
    append(parts, ws);
  }

  /** Keys and values of the rows, not yet in the caches. */
  void keysAndValues(Workspace ws) {
    kernels.linear(List.of(wk, wv), ws.xn(), List.of(ws.k(), ws.v()));
    rotate(ws.k(), ws);
    kernels.store(ws.k(), ws.newKeys(), 0);
    kernels.store(ws.v(), ws.newValues(), 0);
  }

  /**
   * As {@link #forward} for rows that were chosen after {@link #keysAndValues}.
   *
   * @param parts all tokens, with rows of {@code ws}
   * @param outputs the chosen ones of the same parts, with rows of {@code wanted}
   */
  void forwardLast(
      List<Batch.Placed> parts, List<Batch.Placed> outputs, Workspace ws, Workspace wanted) {
    if (wanted.x().rows() > 0) {
      kernels.linear(wq, wanted.xn(), wanted.q());
      rotate(wanted.q(), wanted);
      attend(parts, outputs, ws, wanted);
    }
    append(parts, ws);
  }

  private void attend(
      List<Batch.Placed> parts, List<Batch.Placed> outputs, Workspace ws, Workspace wanted) {
    kernels.attention(attentionBatch(parts, outputs, ws, wanted));
    kernels.linear(wo, wanted.heads(), wanted.xn());
    kernels.add(wanted.xn(), wanted.x());
  }

  private void append(List<Batch.Placed> parts, Workspace ws) {
    for (Batch.Placed p : parts) {
      p.cache().append(layer, ws.newKeys(), ws.newValues(), p.firstRow(), p.count());
    }
  }

  private void rotate(FloatMatrix heads, Workspace ws) {
    kernels.rope(heads, config.headDim(), ws.cosSin(), config.rope().layout());
  }

  private AttentionBatch attentionBatch(
      List<Batch.Placed> parts, List<Batch.Placed> outputs, Workspace ws, Workspace wanted) {
    return new AttentionBatch(
        wanted.q(),
        ws.newKeys(),
        ws.newValues(),
        wanted.heads(),
        IntStream.range(0, parts.size())
            .filter(i -> outputs.get(i).count() > 0)
            .mapToObj(i -> slice(parts.get(i), outputs.get(i)))
            .toList(),
        config.nHeads(),
        config.nKvHeads(),
        config.headDim(),
        config.slidingWindow().orElse(AttentionBatch.NO_WINDOW));
  }

  private AttentionSlice slice(Batch.Placed p, Batch.Placed output) {
    KvCache cache = p.cache();
    return new AttentionSlice(
        p.firstRow(),
        p.count(),
        cache.length(),
        cache.keys(layer),
        cache.values(layer),
        cache.layout(),
        output.firstRow(),
        output.count());
  }
}
