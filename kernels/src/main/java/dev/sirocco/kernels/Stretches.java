package dev.sirocco.kernels;

/**
 * Rows of a matrix that a thread multiplies with a single token at a time: of each of a few equal
 * parts of the matrix, a stretch of neighbouring rows.
 *
 * <p>Rows at the same place of their stretches are multiplied together. As a thread goes on with
 * the next stretch of each part, it reads a few long pieces of memory from end to end, which the
 * CPU's prefetcher follows; at rows that lie close to each other it starts anew again and again.
 *
 * @param number of stretches
 * @param distance from a row to that at the same place of the next stretch
 * @param first row of the first stretch
 * @param length of a stretch
 * @param rows of the matrix; the last part may have fewer than the others
 */
record Stretches(int number, int distance, int first, int length, int rows) {

  /** The longest stretch: a share of work that others need not wait for. */
  static final int LONGEST = 16;

  /** How many there are of a matrix. */
  static int count(int rows, int number) {
    return (distance(rows, number) + LONGEST - 1) / LONGEST;
  }

  /** Those with the index {@code i}. */
  static Stretches of(int rows, int number, int i) {
    int distance = distance(rows, number);
    int first = i * LONGEST;
    return new Stretches(number, distance, first, Math.min(LONGEST, distance - first), rows);
  }

  private static int distance(int rows, int number) {
    return (rows + number - 1) / number;
  }

  /** Rows of all stretches. */
  int size() {
    return number * length;
  }

  /** The {@code i}-th row; instead of rows that the last part lacks, the matrix's last. */
  int row(int i) {
    return Math.min(i / length * distance + first + i % length, rows - 1);
  }
}
