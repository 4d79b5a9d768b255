package dev.sirocco.engine;

import com.sun.management.OperatingSystemMXBean;
import dev.sirocco.model.KvPool;
import dev.sirocco.tensor.DType;
import dev.sirocco.weights.ModelConfig;
import java.lang.management.ManagementFactory;

/**
 * How large the pool of blocks is, and how long a sequence alone in it can get.
 *
 * @param blocks number of blocks
 * @param context most tokens of a sequence: the model's, or what the blocks hold if that is less
 * @param modelContext the model's
 */
record PoolSize(int blocks, int context, int modelContext) {

  private static final long GIB = 1L << 30;
  private static final int FEWEST_BLOCKS = 2;

  /**
   * The pool that the options ask for.
   *
   * @throws IllegalArgumentException if the memory holds less than two blocks
   */
  static PoolSize of(ModelConfig config, DType kvType, int context, ServingOptions options) {
    int blockTokens = options.blockTokens();
    long blockBytes = KvPool.blockBytes(config, kvType, blockTokens);
    long wholeContext = (context + blockTokens - 1L) / blockTokens;
    long bytes = options.kvMemory() == 0 ? usual(wholeContext * blockBytes) : options.kvMemory();
    long useful = wholeContext * options.maxRunning() + FEWEST_BLOCKS;
    long most = Integer.MAX_VALUE / blockTokens;
    int blocks = (int) Math.min(bytes / blockBytes, Math.min(useful, most));
    if (blocks < FEWEST_BLOCKS) {
      throw new IllegalArgumentException(
          "kv-memory of %,d bytes holds %d blocks of %d tokens; give at least %,d bytes"
              .formatted(bytes, blocks, blockTokens, FEWEST_BLOCKS * blockBytes));
    }
    int atOnce = PagedMemory.blocksFor(context, config.slidingWindow(), blockTokens);
    int held = atOnce <= blocks ? context : Math.min(context, blocks * blockTokens);
    return new PoolSize(blocks, held, context);
  }

  /** One whole context, but at least 1 GiB and at most a quarter of the machine's memory. */
  private static long usual(long wholeContext) {
    OperatingSystemMXBean machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return Math.min(Math.max(wholeContext, GIB), machine.getTotalMemorySize() / 4);
  }

  /**
   * @throws IllegalArgumentException if a prompt and its answer could never be held; an answer that
   *     only the context bounds is cut at what can
   */
  void check(int promptTokens, int maxTokens) {
    boolean bounded = maxTokens < modelContext - promptTokens;
    if (promptTokens > context || (bounded && promptTokens + maxTokens > context)) {
      throw new IllegalArgumentException(
          "a prompt of %d tokens and an answer of up to %d can never fit the cache, which holds %d tokens; shorten them or start the engine with more kv-memory"
              .formatted(promptTokens, Math.min(maxTokens, modelContext - promptTokens), context));
    }
  }
}
