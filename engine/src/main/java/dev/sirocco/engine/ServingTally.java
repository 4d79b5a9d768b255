package dev.sirocco.engine;

import java.time.Duration;

/** Counts what a serving engine does, and tells its listeners. Used by the engine's thread. */
final class ServingTally {

  private final EngineListeners listeners;
  private long prefixLookups;
  private long prefixHits;

  ServingTally(EngineListeners listeners) {
    this.listeners = listeners;
  }

  EngineListeners listeners() {
    return listeners;
  }

  void admitted(Duration waited, int promptTokens, int cachedTokens) {
    prefixLookups += promptTokens;
    prefixHits += cachedTokens;
    listeners.tell(l -> l.admitted(waited, promptTokens, cachedTokens));
  }

  long prefixLookups() {
    return prefixLookups;
  }

  long prefixHits() {
    return prefixHits;
  }
}
