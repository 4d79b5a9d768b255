package dev.sirocco.kernels;

import dev.sirocco.tensor.FloatMatrix;
import java.util.Arrays;

/**
 * The rows of a batch in tiles of up to 64 tokens, transposed to [D, tokens] within each tile, so
 * that a weight meets all tokens of a tile at once and every token's sum still runs over the
 * elements in order.
 */
final class TokenTiles {

  static final int TOKENS = 64;

  private final int columns;
  private final double[][] tiles;

  private TokenTiles(int columns, double[][] tiles) {
    this.columns = columns;
    this.tiles = tiles;
  }

  static TokenTiles pack(FloatMatrix x) {
    int columns = x.columns();
    double[][] tiles = new double[(x.rows() + TOKENS - 1) / TOKENS][];
    for (int tile = 0; tile < tiles.length; tile++) {
      int tokens = Math.min(TOKENS, x.rows() - tile * TOKENS);
      double[] packed = new double[tokens * columns];
      for (int i = 0; i < tokens; i++) {
        for (int k = 0; k < columns; k++) {
          packed[k * tokens + i] = x.get(tile * TOKENS + i, k);
        }
      }
      tiles[tile] = packed;
    }
    return new TokenTiles(columns, tiles);
  }

  int count() {
    return tiles.length;
  }

  int tokens(int tile) {
    return tiles[tile].length / columns;
  }

  /** sums[i] = sum over k of row[k] * x[k, i], for the tokens i of a tile. */
  void products(float[] row, int tile, double[] sums) {
    int tokens = tokens(tile);
    double[] packed = tiles[tile];
    Arrays.fill(sums, 0, tokens, 0.0);
    for (int k = 0; k < columns; k++) {
      accumulate(row[k], packed, k * tokens, tokens, sums);
    }
  }

  private static void accumulate(double w, double[] packed, int at, int tokens, double[] sums) {
    for (int i = 0; i < tokens; i++) {
      sums[i] += w * packed[at + i];
    }
  }
}
