package dev.sirocco.model;

import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.weights.ModelConfig;

/**
 * Memory for the keys and values of many sequences, cut into blocks of a few positions each (Kwon
 * et al. 2023, "Efficient Memory Management for Large Language Model Serving with PagedAttention",
 * section 4.2). Which sequence holds which block is the business of whoever hands them out; {@link
 * PagedCache} reads and writes them.
 *
 * <p>A block spans all layers: block b is rows {@code b * blockTokens} to {@code (b + 1) *
 * blockTokens - 1} in the keys and the values of every layer. Memory lies outside the Java heap and
 * grows to the highest block in use. Used by one thread at a time.
 */
public final class KvPool implements AutoCloseable {

  private final KvSlots slots;
  private final int layers;
  private final int blocks;
  private final int blockTokens;
  private final long bytesOfBlock;

  KvPool(ModelConfig config, DType dtype, int blocks, int blockTokens) {
    if (blocks < 1 || blockTokens < 1 || (long) blocks * blockTokens > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a pool of %d blocks of %d tokens cannot be made; 1 to %d tokens in all are possible"
              .formatted(blocks, blockTokens, Integer.MAX_VALUE));
    }
    this.slots = new KvSlots(config, dtype, blocks * blockTokens);
    this.layers = config.nLayers();
    this.blocks = blocks;
    this.blockTokens = blockTokens;
    this.bytesOfBlock = blockBytes(config, dtype, blockTokens);
  }

  /** Bytes of one block: keys and values of its tokens in all layers. */
  public static long blockBytes(ModelConfig config, DType dtype, int blockTokens) {
    return 2L * config.nLayers() * config.kvDim() * dtype.blockBytes() * blockTokens;
  }

  /** Number of blocks. */
  public int blocks() {
    return blocks;
  }

  /** Positions of a block. */
  public int blockTokens() {
    return blockTokens;
  }

  /** Bytes that the memory takes now. */
  public long bytes() {
    return slots.bytes();
  }

  long bytesOfBlock() {
    return bytesOfBlock;
  }

  /** Copies all rows of a block to another one. */
  public void copy(int from, int to) {
    ensure(to);
    for (int layer = 0; layer < layers; layer++) {
      slots.copy(
          layer,
          slots.keys(layer),
          slots.values(layer),
          from * blockTokens,
          to * blockTokens,
          blockTokens);
    }
  }

  /** Makes sure that the memory of a block is there. */
  void ensure(int block) {
    slots.ensure((block + 1) * blockTokens);
  }

  KvRows keys(int layer) {
    return slots.keys(layer);
  }

  KvRows values(int layer) {
    return slots.values(layer);
  }

  /** Copies rows of a batch to consecutive rows of the pool. */
  void store(int layer, KvRows newKeys, KvRows newValues, int firstRow, int slot, int count) {
    slots.copy(layer, newKeys, newValues, firstRow, slot, count);
  }

  /** Frees the memory. */
  @Override
  public void close() {
    slots.close();
  }
}
