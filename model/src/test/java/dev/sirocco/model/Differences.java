package dev.sirocco.model;

/** Distances between results, for tests. */
final class Differences {

  private Differences() {}

  /** ||actual - expected|| / ||expected||, over all elements. */
  static double relative(float[][] actual, float[][] expected) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        double d = (double) actual[i][j] - expected[i][j];
        difference += d * d;
        norm += (double) expected[i][j] * expected[i][j];
      }
    }
    return Math.sqrt(difference / norm);
  }
}
