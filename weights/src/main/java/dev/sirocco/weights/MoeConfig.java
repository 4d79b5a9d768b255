package dev.sirocco.weights;

/**
 * Sparse mixture of experts: every token goes through {@code topK} of {@code nExperts} feed-forward
 * blocks.
 *
 * @param nExperts experts of each layer, 1 to 1024
 * @param topK experts each token uses, 1 to {@code nExperts}
 */
public record MoeConfig(int nExperts, int topK) {

  /**
   * @throws IllegalArgumentException if a value is out of range
   */
  public MoeConfig {
    if (nExperts < 1 || nExperts > 1024) {
      throw new IllegalArgumentException("experts must be 1 to 1024, but are " + nExperts);
    }
    if (topK < 1 || topK > nExperts) {
      throw new IllegalArgumentException(
          "experts per token must be 1 to %d (the experts of a layer), but are %d"
              .formatted(nExperts, topK));
    }
  }
}
