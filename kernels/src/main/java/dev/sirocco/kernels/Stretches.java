package dev.sirocco.kernels;

/**
 * Rows of a matrix that a thread multiplies with a single token at a time: of each of a few equal
 * parts of the matrix, a stretch of neighbouring rows.
 *
 * <p>Rows at the same place of their stretches are multiplied together. As a thread goes on with
 * the next stretch of each part, it reads a few long pieces of memory from end to end, which the
 * CPU's prefetcher follows; at rows that lie close to each other it starts anew again and again.
 *
 * <p>There are as many as the matrix's type multiplies rows together. Two matrices of which rows
 * are multiplied with each other share the first one's stretches; if the second one's type takes
 * another number, some of its rows are computed twice.
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

  /**
   * Where rows at the same place of neighbouring stretches begin.
   *
   * @param from the first of the stretches
   * @param count how many stretches; others of the matrix stand in for rows that are not there,
   *     such as those that the last part lacks
   * @param place of the rows in their stretches
   * @param rowBytes the bytes of a row
   * @param offsets receives the bytes at which the rows begin
   */
  void offsets(int from, int count, int place, long rowBytes, long[] offsets) {
    for (int i = 0; i < count; i++) {
      int stretch = Math.min(from + i, number - 1);
      offsets[i] = Math.min(stretch * distance + first + place, rows - 1) * rowBytes;
    }
  }

  /** Where the result of the row at {@code place} of stretch {@code i} is among all results. */
  int result(int i, int place) {
    return i * length + place;
  }
}
