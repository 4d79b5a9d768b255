package dev.sirocco.engine;

import dev.sirocco.model.KvCache;
import java.util.OptionalInt;

/**
 * A cache of a sequence's own, which grows as it needs. It is kept when the sequence ends, so that
 * the next one computes only what it does not share with it.
 */
final class OwnMemory implements SequenceMemory {

  private final KvCache cache;
  private TokenList tokens = new TokenList();
  private OptionalInt expertsPerToken = OptionalInt.empty();

  OwnMemory(KvCache cache) {
    this.cache = cache;
  }

  @Override
  public KvCache cache() {
    return cache;
  }

  @Override
  public int begin(TokenList next, OptionalInt experts) {
    int most = experts.equals(expertsPerToken) ? Math.min(cache.length(), next.size() - 1) : 0;
    int kept = cache.rewind(tokens.agreement(next, most));
    tokens = next;
    expertsPerToken = experts;
    return kept;
  }

  @Override
  public void fork(SequenceMemory leader, TokenList own) {
    throw new UnsupportedOperationException("caches of their own cannot share what they hold");
  }

  /** Forgets everything. */
  void clear() {
    cache.rewind(0);
    tokens = new TokenList();
  }

  @Override
  public int room(int wanted) {
    return wanted;
  }

  @Override
  public void reserve(int count) {
    // the cache grows by itself
  }

  @Override
  public int missingBlocks(int positions) {
    return 0;
  }

  @Override
  public void settle() {
    // nothing is shared
  }

  @Override
  public void release() {
    // kept for the next sequence
  }
}
