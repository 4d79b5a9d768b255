package dev.sirocco.model;

import java.util.List;

/**
 * The part of a block that computes each token on its own: {@link FeedForward} or {@link MoeLayer}.
 */
interface FeedForwardLayer {

  /** x += f(xn); may overwrite xn. */
  void forward(List<Batch.Placed> parts, Workspace ws);
}
