package dev.sirocco.engine;

import dev.sirocco.model.Routing;
import dev.sirocco.model.RoutingListener;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Tells all listeners; one that throws is logged, and harms nobody. */
final class EngineListeners {

  private static final System.Logger LOG = System.getLogger(EngineListeners.class.getName());

  private final List<EngineListener> listeners = new CopyOnWriteArrayList<>();

  void add(EngineListener listener) {
    listeners.add(listener);
  }

  void tell(Consumer<EngineListener> event) {
    for (EngineListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "a listener of the engine failed", e);
      }
    }
  }

  /** Counts the tokens of each expert; empty if nobody listens. */
  Optional<RoutingListener> routingListener(int nExperts) {
    return listeners.isEmpty() || nExperts == 0
        ? Optional.empty()
        : Optional.of((layer, routing) -> count(layer, routing, nExperts));
  }

  private void count(int layer, Routing routing, int nExperts) {
    int[] tokens = new int[nExperts];
    for (int row = 0; row < routing.rows(); row++) {
      for (int i = 0; i < routing.topK(row); i++) {
        tokens[routing.expert(row, i)]++;
      }
    }
    for (int e = 0; e < nExperts; e++) {
      if (tokens[e] > 0) {
        int expert = e;
        tell(listener -> listener.routed(layer, expert, tokens[expert]));
      }
    }
  }
}
