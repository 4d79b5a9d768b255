package dev.sirocco.server.generation;

import dev.sirocco.engine.constrain.Constraint;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Keeps the last used constraints, with the masks they have computed. Thread-safe. */
public final class ConstraintCache {

  private static final int MOST = 16;

  private final Map<String, Constraint> constraints =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Constraint> eldest) {
          return size() > MOST;
        }
      };

  /** The constraint of a kind and source, if it is kept. */
  synchronized Optional<Constraint> find(String key) {
    return Optional.ofNullable(constraints.get(key));
  }

  /** Keeps a constraint. */
  synchronized void keep(String key, Constraint constraint) {
    constraints.put(key, constraint);
  }
}
