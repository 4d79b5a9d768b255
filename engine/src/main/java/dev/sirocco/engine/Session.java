package dev.sirocco.engine;

import dev.sirocco.model.KvCache;
import java.util.Set;

/**
 * A sequence that outlives one answer: its keys and values stay, so that the next prompt only
 * computes what it does not share with the tokens before.
 *
 * <p>Made by {@link LanguageModel#newSession}; used in one request at a time. Closing it frees its
 * cache; closing the model closes its sessions.
 */
public final class Session implements AutoCloseable {

  private final OwnMemory memory;
  private final Set<Session> siblings;

  Session(KvCache cache, Set<Session> siblings) {
    this.memory = new OwnMemory(cache);
    this.siblings = siblings;
    siblings.add(this);
  }

  /** Tokens whose keys and values are kept. */
  public int cachedTokens() {
    return memory.cache().length();
  }

  /** Bytes of the kept keys and values. */
  public long cacheBytes() {
    return memory.cache().bytes();
  }

  /** Forgets everything. */
  public void clear() {
    memory.clear();
  }

  OwnMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    if (siblings.remove(this)) {
      memory.cache().close();
    }
  }
}
