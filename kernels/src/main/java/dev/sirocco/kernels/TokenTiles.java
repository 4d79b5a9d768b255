package dev.sirocco.kernels;

import dev.sirocco.tensor.FloatMatrix;
import java.util.Arrays;

/**
 * The rows of a batch in tiles of up to 64 tokens, transposed to [D][tokens] within each tile, so
 * that a weight meets all tokens of a tile at once and every token's sum still runs over the
 * elements in order.
 */
final class TokenTiles {

  static final int TOKENS = 64;

  private final double[][][] tiles; // [tiles][D][tokens]

  private TokenTiles(double[][][] tiles) {
    this.tiles = tiles;
  }

  static TokenTiles pack(FloatMatrix x) {
    double[][][] tiles = new double[(x.rows() + TOKENS - 1) / TOKENS][x.columns()][];
    for (int tile = 0; tile < tiles.length; tile++) {
      int tokens = Math.min(TOKENS, x.rows() - tile * TOKENS);
      for (int k = 0; k < x.columns(); k++) {
        double[] elements = new double[tokens];
        for (int i = 0; i < tokens; i++) {
          elements[i] = x.get(tile * TOKENS + i, k);
        }
        tiles[tile][k] = elements;
      }
    }
    return new TokenTiles(tiles);
  }

  int count() {
    return tiles.length;
  }

  int tokens(int tile) {
    return tiles[tile][0].length;
  }

  /** sums[i] = sum over k of row[k] * x[k][i], for the tokens i of a tile. */
  void products(float[] row, int tile, double[] sums) {
    double[][] x = tiles[tile];
    Arrays.fill(sums, 0, tokens(tile), 0.0);
    int k = 0;
    for (; k + 4 <= x.length; k += 4) {
      addFour(row, x, k, sums);
    }
    for (; k < x.length; k++) {
      for (int i = 0; i < x[k].length; i++) {
        sums[i] += row[k] * x[k][i];
      }
    }
  }

  /**
   * Elements k to k + 3 for all tokens, in order, so that a sum is loaded once for the four. All
   * arrays have the same index: the compiler sees that they cannot overlap, and vectorises.
   */
  private static void addFour(float[] row, double[][] x, int k, double[] sums) {
    double w0 = row[k];
    double w1 = row[k + 1];
    double w2 = row[k + 2];
    double w3 = row[k + 3];
    double[] x0 = x[k];
    double[] x1 = x[k + 1];
    double[] x2 = x[k + 2];
    double[] x3 = x[k + 3];
    for (int i = 0; i < x0.length; i++) {
      sums[i] = sums[i] + w0 * x0[i] + w1 * x1[i] + w2 * x2[i] + w3 * x3[i];
    }
  }
}
