package dev.sirocco.engine;

import dev.sirocco.model.KvPool;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Hands out the blocks of a pool: counts who holds each, finds full blocks again by their content,
 * and keeps those that nobody holds until their memory is needed, the least recently used first to
 * go.
 *
 * <p>A block is in one of three states. Free: in no use, its content worthless. Held: by one or
 * more sequences. Cached: full, known by its {@link BlockKey}, held by nobody.
 *
 * <p>Example: A reads 40 tokens in blocks of 16 and holds blocks 0, 1 and 2; the first two are full
 * and become known. B begins with the same 36 tokens, finds blocks 0 and 1, each held twice now,
 * and takes block 3. When both have ended, 0 and 1 are cached, 2 and 3 free.
 *
 * <p>Not thread-safe.
 *
 * @see PagedMemory
 * @see dev.sirocco.model.Transformer
 */
final class BlockManager {

  private final KvPool pool;
  private final boolean sharing;
  private final int[] holders;
  private final Content[] contents;
  private final BitSet free;
  private final Map<BlockKey, Integer> known = new HashMap<>();
  private final LinkedHashSet<Integer> cached = new LinkedHashSet<>();
  private int freeBlocks;

  /** What a full block holds; none for others. */
  private record Content(BlockKey key, TokenList tokens) {}

  /**
   * @param pool the memory
   * @param sharing whether full blocks are found again
   */
  BlockManager(KvPool pool, boolean sharing) {
    this.pool = pool;
    this.sharing = sharing;
    this.holders = new int[pool.blocks()];
    this.contents = new Content[pool.blocks()];
    this.free = new BitSet(pool.blocks());
    this.free.set(0, pool.blocks());
    this.freeBlocks = pool.blocks();
  }

  KvPool pool() {
    return pool;
  }

  int blockTokens() {
    return pool.blockTokens();
  }

  /** Blocks that can be taken: free and cached ones. */
  int available() {
    return freeBlocks + cached.size();
  }

  /** Blocks that sequences hold. */
  int used() {
    return pool.blocks() - available();
  }

  /** Blocks that are only kept because they may be found again. */
  int cachedBlocks() {
    return cached.size();
  }

  /** How many hold a block. */
  int holders(int block) {
    return holders[block];
  }

  /**
   * Takes a block.
   *
   * @param neighbour taken if it is free, so that runs get long; may be out of range
   * @throws IllegalStateException if none is {@link #available}
   */
  int take(int neighbour) {
    int block =
        neighbour > 0 && neighbour < pool.blocks() && free.get(neighbour)
            ? neighbour
            : free.nextSetBit(0);
    if (block < 0) {
      block = evict();
    } else {
      free.clear(block);
      freeBlocks--;
    }
    holders[block] = 1;
    return block;
  }

  private int evict() {
    if (cached.isEmpty()) {
      throw new IllegalStateException("all %d blocks are held".formatted(pool.blocks()));
    }
    int block = cached.removeFirst();
    known.remove(contents[block].key());
    contents[block] = null;
    return block;
  }

  /** Counts one more holder of a block that is held or cached. */
  void retain(int block) {
    if (holders[block]++ == 0) {
      cached.remove(block);
    }
  }

  /** Counts one holder less; the last one leaves a known block in the cache, another one free. */
  void release(int block) {
    if (--holders[block] > 0) {
      return;
    }
    if (contents[block] != null) {
      cached.add(block);
    } else {
      free.set(block);
      freeBlocks++;
    }
  }

  /** The block with this content, if it is known; the caller holds it then. */
  OptionalInt find(BlockKey key, int[] tokens) {
    Integer block = known.get(key);
    if (block == null || !Arrays.equals(contents[block].tokens().slice(0, tokens.length), tokens)) {
      return OptionalInt.empty();
    }
    retain(block);
    return OptionalInt.of(block);
  }

  /** Makes a full block known, unless another one with the same content is. */
  void publish(int block, BlockKey key, int[] tokens) {
    if (sharing && contents[block] == null && known.putIfAbsent(key, block) == null) {
      contents[block] = new Content(key, new TokenList(tokens));
    }
  }
}
