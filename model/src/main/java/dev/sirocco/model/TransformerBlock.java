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

  /**
   * The same, but of the rows whose outputs nobody wants only keys and values are computed.
   *
   * @param ws all rows; its memory is used for the result
   * @param outputs the rows that are wanted, ascending
   * @return the wanted rows, without the others
   */
  Workspace forwardLast(Batch batch, Workspace ws, int[] outputs) {
    attentionNorm.forward(ws.x(), ws.xn());
    attention.keysAndValues(ws);
    Workspace wanted = ws.gather(outputs);
    List<Batch.Placed> parts = batch.placedOutputs();
    attention.forwardLast(batch.placed(), parts, ws, wanted);
    if (outputs.length > 0) {
      ffnNorm.forward(wanted.x(), wanted.xn());
      feedForward.forward(parts, wanted);
    }
    return wanted;
  }
}
