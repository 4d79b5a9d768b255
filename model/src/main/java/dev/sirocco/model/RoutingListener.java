package dev.sirocco.model;

/** Sees which experts every token of a batch goes to; costs nothing when absent. */
@FunctionalInterface
public interface RoutingListener {

  /**
   * Called once per layer and forward pass, before the experts compute.
   *
   * @param layer layer of the model, from 0
   * @param routing the router's decision for the rows of the batch; in the last layer for those
   *     whose outputs are wanted, if there are any
   */
  void routed(int layer, Routing routing);
}
