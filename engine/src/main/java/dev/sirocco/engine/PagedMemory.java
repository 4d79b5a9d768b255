package dev.sirocco.engine;

import dev.sirocco.model.KvCache;
import dev.sirocco.model.PagedCache;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The keys and values of one sequence in blocks of a shared pool: taken as it grows, given back
 * when it ends or they fall behind the sliding window, shared with others as long as they are only
 * read.
 *
 * @see BlockManager
 */
final class PagedMemory implements SequenceMemory {

  private final BlockManager manager;
  private final PagedCache cache;
  private final int blockTokens;
  private final OptionalInt window;
  private final boolean findsPrefixes;
  private final List<BlockKey> keys = new ArrayList<>();
  private TokenList tokens = new TokenList();
  private BlockKey root = BlockKey.root(OptionalInt.empty());
  private int published;
  private int firstHeld;

  /**
   * @param manager where the blocks come from
   * @param context most positions
   * @param window positions that a token sees; empty for all
   * @param findsPrefixes whether it looks for blocks of others
   */
  PagedMemory(BlockManager manager, int context, OptionalInt window, boolean findsPrefixes) {
    this.manager = manager;
    this.cache = new PagedCache(manager.pool(), context);
    this.blockTokens = manager.blockTokens();
    this.window = window;
    this.findsPrefixes = findsPrefixes;
  }

  @Override
  public KvCache cache() {
    return cache;
  }

  @Override
  public int begin(TokenList sequence, OptionalInt expertsPerToken) {
    release();
    tokens = sequence;
    root = BlockKey.root(expertsPerToken);
    keys.clear();
    int most = findsPrefixes ? (sequence.size() - 1) / blockTokens : 0;
    while (cache.blocks() < most) {
      int i = cache.blocks();
      OptionalInt block = manager.find(key(i), content(i));
      if (block.isEmpty()) {
        break;
      }
      cache.addBlock(block.getAsInt());
    }
    published = cache.blocks();
    cache.startAt(cache.blocks() * blockTokens);
    releaseBehindWindow();
    return cache.length();
  }

  @Override
  public void fork(SequenceMemory leader, TokenList own) {
    PagedMemory other = (PagedMemory) leader;
    release();
    tokens = own;
    root = other.root;
    keys.clear();
    keys.addAll(other.keys);
    for (int i = 0; i < other.cache.blocks(); i++) {
      int block = other.cache.block(i);
      if (block != PagedCache.NO_BLOCK) {
        manager.retain(block);
      }
      cache.addBlock(block);
    }
    published = other.published;
    firstHeld = other.firstHeld;
    cache.startAt(other.cache.length());
  }

  @Override
  public int room(int wanted) {
    int copies = isLastShared() ? 1 : 0;
    int spare = cache.blocks() * blockTokens - cache.length();
    long more = (long) (manager.available() - copies) * blockTokens;
    return copies > manager.available() ? 0 : (int) Math.min(wanted, spare + more);
  }

  @Override
  public void reserve(int count) {
    if (isLastShared()) {
      copyLast();
    }
    while (cache.blocks() * blockTokens < cache.length() + count) {
      int last = cache.blocks() == 0 ? -1 : cache.block(cache.blocks() - 1);
      cache.addBlock(manager.take(last + 1));
    }
  }

  /** Whether the next position goes into a block that others read as well. */
  private boolean isLastShared() {
    int at = cache.length() / blockTokens;
    return at < cache.blocks() && manager.holders(cache.block(at)) > 1;
  }

  private void copyLast() {
    int at = cache.length() / blockTokens;
    int shared = cache.block(at);
    int own = manager.take(shared + 1);
    manager.pool().copy(shared, own);
    cache.replaceBlock(at, own);
    manager.release(shared);
  }

  @Override
  public int missingBlocks(int positions) {
    int end = cache.length() + positions;
    int missing = (end + blockTokens - 1) / blockTokens - cache.blocks();
    int held = cache.blocks() - firstHeld;
    int most = blocksFor(Integer.MAX_VALUE, window, blockTokens) - held;
    return Math.max(0, Math.min(missing, most)) + (isLastShared() ? 1 : 0);
  }

  /**
   * Blocks that a sequence of {@code positions} needs at once: those that its last token sees,
   * which with a window of W are no more than W / B + 2.
   */
  static int blocksFor(int positions, OptionalInt window, int blockTokens) {
    int all = (int) (((long) positions + blockTokens - 1) / blockTokens);
    return Math.min(all, window.isPresent() ? window.getAsInt() / blockTokens + 2 : all);
  }

  @Override
  public void settle() {
    while ((published + 1) * blockTokens <= cache.length()) {
      manager.publish(cache.block(published), key(published), content(published));
      published++;
    }
    releaseBehindWindow();
  }

  /** Gives back the blocks that the next token, at position {@code length}, does not see. */
  private void releaseBehindWindow() {
    if (window.isEmpty()) {
      return;
    }
    int firstSeen = cache.length() - window.getAsInt() + 1;
    while ((firstHeld + 1) * blockTokens <= firstSeen) {
      manager.release(cache.takeBlock(firstHeld));
      firstHeld++;
    }
  }

  /**
   * Gives the last block back first, so that the beginning, which more can share, stays longest.
   */
  @Override
  public void release() {
    for (int i = cache.blocks() - 1; i >= firstHeld; i--) {
      manager.release(cache.block(i));
    }
    cache.clear();
    published = 0;
    firstHeld = 0;
  }

  private BlockKey key(int index) {
    for (int i = keys.size(); i <= index; i++) {
      BlockKey before = i == 0 ? root : keys.get(i - 1);
      keys.add(before.next(content(i)));
    }
    return keys.get(index);
  }

  private int[] content(int index) {
    return tokens.slice(index * blockTokens, blockTokens);
  }
}
