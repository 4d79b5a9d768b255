package dev.sirocco.engine;

import dev.sirocco.model.KvCache;
import java.util.Arrays;
import java.util.Set;

/**
 * A sequence that outlives one answer: its keys and values stay, so that the next prompt only
 * computes what it does not share with the tokens before.
 *
 * <p>Made by {@link LanguageModel#newSession}; used in one request at a time. Closing it frees its
 * cache; closing the model closes its sessions.
 */
public final class Session implements AutoCloseable {

  private final KvCache cache;
  private final Set<Session> siblings;
  private int[] tokens = new int[64];
  private int count;

  Session(KvCache cache, Set<Session> siblings) {
    this.cache = cache;
    this.siblings = siblings;
    siblings.add(this);
  }

  /** Tokens whose keys and values are kept. */
  public int cachedTokens() {
    return cache.length();
  }

  /** Bytes of the kept keys and values. */
  public long cacheBytes() {
    return cache.bytes();
  }

  /** Forgets everything. */
  public void clear() {
    cache.rewind(0);
    count = 0;
  }

  /**
   * Makes {@code prompt} the sequence, keeping the cache as far as the two agree, but for the last
   * token, which must be computed to predict the next.
   *
   * @return tokens found in the cache
   */
  int begin(int[] prompt) {
    int known = Math.min(cache.length(), prompt.length - 1);
    int differs = Arrays.mismatch(tokens, 0, known, prompt, 0, known);
    int kept = cache.rewind(differs < 0 ? known : differs);
    tokens = Arrays.copyOf(prompt, Math.max(64, prompt.length));
    count = prompt.length;
    return kept;
  }

  void add(int token) {
    if (count == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * count);
    }
    tokens[count++] = token;
  }

  /** Tokens that are not computed yet. */
  int pending() {
    return count - cache.length();
  }

  /** The first {@code n} tokens that are not computed yet. */
  int[] pending(int n) {
    return Arrays.copyOfRange(tokens, cache.length(), cache.length() + n);
  }

  KvCache cache() {
    return cache;
  }

  @Override
  public void close() {
    if (siblings.remove(this)) {
      cache.close();
    }
  }
}
