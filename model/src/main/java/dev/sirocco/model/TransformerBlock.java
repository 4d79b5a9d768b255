package dev.sirocco.model;

import java.util.List;

/**
 * One layer: attention, then feed-forward or experts, each on the normalised residual stream.
 *
 * @see MoeLayer
 * @see Attention
 */
record TransformerBlock(
    RmsNorm attentionNorm, Attention attention, RmsNorm ffnNorm, FeedForwardLayer feedForward) {

  /** h = x + attention(norm(x)); x = h + feedForward(norm(h)). */
  void forward(List<Batch.Placed> parts, Workspace ws) {
    attentionNorm.forward(ws.x(), ws.xn());
    attention.forward(parts, ws);
    ffnNorm.forward(ws.x(), ws.xn());
    feedForward.forward(parts, ws);
  }
}
