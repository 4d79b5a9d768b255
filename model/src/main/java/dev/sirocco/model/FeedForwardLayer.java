package dev.sirocco.model;

/**
 * The part of a block that computes each token on its own: {@link FeedForward} or {@link MoeLayer}.
 */
interface FeedForwardLayer {

  /** x += f(xn); may overwrite xn. */
  void forward(Workspace ws);
}
