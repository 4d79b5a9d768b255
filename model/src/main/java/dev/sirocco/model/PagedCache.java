package dev.sirocco.model;

import dev.sirocco.kernels.KvLayout;
import dev.sirocco.kernels.KvRows;
import java.util.Arrays;

/**
 * Keeps the positions of one sequence in blocks of a {@link KvPool}, in any order: position i in
 * row {@code i % B} of the block {@code table[i / B]}, with blocks of B tokens. Sequences that
 * begin alike can hold the same blocks.
 *
 * <p>Example with B = 16 and the table 7, 8, 3: positions 0 to 31 lie in the rows 112 to 143 of the
 * pool, one run, since the blocks 7 and 8 are neighbours; position 32 lies in row 48.
 *
 * <p>Blocks are given with {@link #addBlock} before {@link #reserve} asks for their room, and the
 * cache gives none back by itself. Blocks whose positions are behind the sliding window can be
 * taken away with {@link #takeBlock}.
 */
public final class PagedCache implements KvCache {

  /** Stands in the table for a block that was taken away. */
  public static final int NO_BLOCK = -1;

  private final KvPool pool;
  private final int context;
  private final int blockTokens;
  private int[] table = new int[8];
  private int blocks;
  private int length;

  private final KvLayout layout =
      new KvLayout() {
        @Override
        public int slot(int position) {
          return table[position / blockTokens] * blockTokens + position % blockTokens;
        }

        @Override
        public int run(int position) {
          int last = position / blockTokens;
          while (last + 1 < blocks && table[last + 1] == table[last] + 1) {
            last++;
          }
          return (last + 1) * blockTokens - position;
        }
      };

  /**
   * An empty cache.
   *
   * @param pool where the blocks are
   * @param context most positions
   */
  public PagedCache(KvPool pool, int context) {
    this.pool = pool;
    this.context = context;
    this.blockTokens = pool.blockTokens();
  }

  /** Entries of the block table. */
  public int blocks() {
    return blocks;
  }

  /** The block that holds the positions from {@code index * B} on, or {@link #NO_BLOCK}. */
  public int block(int index) {
    return table[index];
  }

  /** Gives the cache a block for the positions behind those it has room for. */
  public void addBlock(int block) {
    pool.ensure(block);
    if (blocks == table.length) {
      table = Arrays.copyOf(table, 2 * blocks);
    }
    table[blocks++] = block;
  }

  /** Puts another block, with the same content, in the place of one. */
  public void replaceBlock(int index, int block) {
    pool.ensure(block);
    table[index] = block;
  }

  /** Takes away a block whose positions no later token sees. */
  public int takeBlock(int index) {
    int block = table[index];
    table[index] = NO_BLOCK;
    return block;
  }

  /** Takes away all blocks, and with them all positions. */
  public void clear() {
    blocks = 0;
    length = 0;
  }

  /**
   * Makes the sequence {@code positions} long, which the blocks given so far already hold.
   *
   * @throws IllegalArgumentException if the blocks have no such room
   */
  public void startAt(int positions) {
    if (positions > blocks * blockTokens || positions > context) {
      throw new IllegalArgumentException(
          "%d positions do not fit %d blocks of %d".formatted(positions, blocks, blockTokens));
    }
    length = positions;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int context() {
    return context;
  }

  @Override
  public KvLayout layout() {
    return layout;
  }

  @Override
  public KvRows keys(int layer) {
    return pool.keys(layer);
  }

  @Override
  public KvRows values(int layer) {
    return pool.values(layer);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the blocks for them have not been given
   */
  @Override
  public void reserve(int count) {
    if (count > context - length) {
      throw new IllegalArgumentException(
          "%d more tokens after %d exceed the context of %d; shorten the text or open the model with a larger context"
              .formatted(count, length, context));
    }
    if (length + count > blocks * blockTokens) {
      throw new IllegalStateException(
          "%d more tokens after %d do not fit %d blocks of %d; give the cache blocks first"
              .formatted(count, length, blocks, blockTokens));
    }
  }

  @Override
  public void append(int layer, KvRows newKeys, KvRows newValues, int firstRow, int count) {
    int done = 0;
    while (done < count) {
      int position = length + done;
      int run = Math.min(layout.run(position), count - done);
      pool.store(layer, newKeys, newValues, firstRow + done, layout.slot(position), run);
      done += run;
    }
  }

  @Override
  public void advance(int count) {
    length += count;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The blocks stay in the table.
   */
  @Override
  public int rewind(int position) {
    if (position < 0 || position > length) {
      throw new IllegalArgumentException(
          "cannot rewind a sequence of %d tokens to %d".formatted(length, position));
    }
    length = position;
    return position;
  }

  /** Bytes of the blocks that the cache holds, shared ones included. */
  @Override
  public long bytes() {
    long held = Arrays.stream(table, 0, blocks).filter(block -> block != NO_BLOCK).count();
    return held * pool.bytesOfBlock();
  }

  /** Forgets the blocks; their memory belongs to the pool. */
  @Override
  public void close() {
    clear();
  }
}
