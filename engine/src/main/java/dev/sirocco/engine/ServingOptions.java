package dev.sirocco.engine;

/**
 * How a {@link ServingEngine} shares the model among requests. Immutable; start from {@link
 * #defaults()}.
 *
 * @param kvMemory most bytes of keys and values of all sequences together; 0 for as much as one
 *     sequence of the whole context, but at least 1 GiB and at most a quarter of the machine's
 *     memory
 * @param blockTokens tokens of a cache block: 16 or 32
 * @param maxRunning most sequences answered at once
 * @param maxQueued most requests that wait
 * @param tokenBudget most tokens of a step, at most the chunk the model was opened with; 0 for that
 *     chunk
 * @param prefixCache whether blocks with equal beginnings are shared and kept
 */
public record ServingOptions(
    long kvMemory,
    int blockTokens,
    int maxRunning,
    int maxQueued,
    int tokenBudget,
    boolean prefixCache) {

  /**
   * @throws IllegalArgumentException if a value is out of range
   */
  public ServingOptions {
    if (kvMemory < 0) {
      throw new IllegalArgumentException(
          "kv-memory must be 0 or a number of bytes, but is %d".formatted(kvMemory));
    }
    if (blockTokens != 16 && blockTokens != 32) {
      throw new IllegalArgumentException(
          "block-tokens must be 16 or 32, but is %d".formatted(blockTokens));
    }
    Checks.range("max-running", maxRunning, 1, 4096);
    Checks.range("max-queued", maxQueued, 0, 1_000_000);
    Checks.range("token-budget", tokenBudget, 0, 65_536);
  }

  /** Blocks of 16, 64 sequences at once, 256 requests waiting, shared prefixes. */
  public static ServingOptions defaults() {
    return new ServingOptions(0, 16, 64, 256, 0, true);
  }

  public ServingOptions withKvMemory(long bytes) {
    return new ServingOptions(bytes, blockTokens, maxRunning, maxQueued, tokenBudget, prefixCache);
  }

  public ServingOptions withBlockTokens(int value) {
    return new ServingOptions(kvMemory, value, maxRunning, maxQueued, tokenBudget, prefixCache);
  }

  public ServingOptions withMaxRunning(int value) {
    return new ServingOptions(kvMemory, blockTokens, value, maxQueued, tokenBudget, prefixCache);
  }

  public ServingOptions withMaxQueued(int value) {
    return new ServingOptions(kvMemory, blockTokens, maxRunning, value, tokenBudget, prefixCache);
  }

  public ServingOptions withTokenBudget(int value) {
    return new ServingOptions(kvMemory, blockTokens, maxRunning, maxQueued, value, prefixCache);
  }

  public ServingOptions withPrefixCache(boolean value) {
    return new ServingOptions(kvMemory, blockTokens, maxRunning, maxQueued, tokenBudget, value);
  }
}
