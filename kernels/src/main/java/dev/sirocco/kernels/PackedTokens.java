package dev.sirocco.kernels;

import static dev.sirocco.kernels.VectorWidth.LANES;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Rows of a batch in the order in which {@link RegisterTiles} read them.
 *
 * <p>Tokens are cut into tiles of 6, 3 or 1; within a tile, vectors of its tokens alternate. Rows
 * are padded with zeros to whole vectors. Example with vectors of 4 and a tile of 3 tokens a, b, c
 * of 8 elements: a0..a3 b0..b3 c0..c3 a4..a7 b4..b7 c4..c7.
 */
final class PackedTokens {

  /** Most tokens that are packed at once. */
  static final int MOST_TOKENS = 512;

  private float[] packed = new float[0];
  private final float[][] rows;
  private int first;
  private int tokens;
  private int width;

  PackedTokens(int threads) {
    rows = new float[threads][0];
  }

  /** The packed elements; a tile's begin at {@link #tileAt}. */
  float[] elements() {
    return packed;
  }

  /** Number of tokens. */
  int tokens() {
    return tokens;
  }

  /** The first row of the batch that is packed. */
  int first() {
    return first;
  }

  /** Elements of a padded row. */
  int width() {
    return width;
  }

  /** Where the tile that begins with {@code token} lies. */
  int tileAt(int token) {
    return token * width;
  }

  /** Packs the rows {@code first} to {@code first + count - 1}. */
  void pack(WorkerPool pool, FloatMatrix x, int first, int count) {
    this.first = first;
    this.tokens = count;
    this.width = VectorWidth.padded(x.columns());
    int size = Math.multiplyExact(count, width);
    if (packed.length < size) {
      packed = new float[size];
    }
    for (int worker = 0; worker < rows.length; worker++) {
      if (rows[worker].length < width) {
        rows[worker] = new float[width];
      }
    }
    pool.run(count, RegisterTiles.MOST_TOKENS, (worker, from, to) -> packAll(x, worker, from, to));
  }

  private void packAll(FloatMatrix x, int worker, int from, int to) {
    float[] row = rows[worker];
    Arrays.fill(row, x.columns(), width, 0f);
    int whole = tokens / RegisterTiles.MOST_TOKENS * RegisterTiles.MOST_TOKENS;
    for (int token = from; token < to; token++) {
      MemorySegment.copy(x.data(), JAVA_FLOAT, x.offset(first + token), row, 0, x.columns());
      int tile = token - token % RegisterTiles.MOST_TOKENS;
      int wide = RegisterTiles.MOST_TOKENS;
      if (token >= whole) {
        int rest = token - whole;
        boolean inThree = tokens - whole >= 3 && rest < 3;
        wide = inThree ? 3 : 1;
        tile = inThree ? whole : token;
      }
      interleave(row, tileAt(tile) + (token - tile) * LANES, wide * LANES);
    }
  }

  /** Vector i of the row goes to {@code at + i * apart}. */
  private void interleave(float[] row, int at, int apart) {
    int to = at;
    for (int k = 0; k < width; k += LANES) {
      System.arraycopy(row, k, packed, to, LANES);
      to += apart;
    }
  }
}
