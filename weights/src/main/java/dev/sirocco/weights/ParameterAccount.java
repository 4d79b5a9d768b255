package dev.sirocco.weights;

/**
 * Where a model's parameters are, and how many of them a token uses: what makes a mixture of
 * experts sparse. Computed from the hyper-parameters alone.
 *
 * <p>For Mixtral 8x7B: 45.10 of 46.70 billion parameters are experts, of which a token uses 2 of 8,
 * so that 12.88 billion are active (Jiang et al. 2024, section 2.1).
 *
 * @param attention query, key, value and output matrices of all layers
 * @param feedForward dense feed-forward matrices of all layers; 0 with experts
 * @param experts matrices of all experts of all layers; 0 if dense
 * @param router gates of all layers; 0 if dense
 * @param norms all RMSNorm weights
 * @param embeddings embedding table, and output matrix unless they are tied
 * @param activeExperts the part of {@code experts} that one token uses
 * @param ffnRatio inner width of the feed-forward block, or of one expert, by embedding length
 */
public record ParameterAccount(
    long attention,
    long feedForward,
    long experts,
    long router,
    long norms,
    long embeddings,
    long activeExperts,
    double ffnRatio) {

  /** Matrices of a gated feed-forward block: w1, w2, w3. */
  private static final long FFN_MATRICES = 3;

  /** The account of a model. */
  public static ParameterAccount of(ModelConfig config) {
    long layers = config.nLayers();
    long dim = config.dim();
    long attention = layers * dim * 2 * ((long) config.queryDim() + config.kvDim());
    long ffn = layers * FFN_MATRICES * dim * config.hiddenDim();
    long norms = (2 * layers + 1) * dim;
    long embeddings = (config.tiedEmbeddings() ? 1 : 2) * dim * config.vocabSize();
    double ratio = (double) config.hiddenDim() / dim;
    if (config.moe().isEmpty()) {
      return new ParameterAccount(attention, ffn, 0, 0, norms, embeddings, 0, ratio);
    }
    MoeConfig moe = config.moe().get();
    return new ParameterAccount(
        attention,
        0,
        ffn * moe.nExperts(),
        layers * dim * moe.nExperts(),
        norms,
        embeddings,
        ffn * moe.topK(),
        ratio);
  }

  /** All parameters. */
  public long total() {
    return attention + feedForward + experts + router + norms + embeddings;
  }

  /** The parameters that the computation of one token uses. */
  public long activePerToken() {
    return total() - experts + activeExperts;
  }

  /**
   * Bytes of a key/value cache of one sequence: a key and a value for each layer, key/value head
   * and position that is kept.
   *
   * @param config the model
   * @param context positions of the sequence, 0 or more
   * @param bytesPerElement 2 for F16, 4 for F32
   * @param windowed whether positions that the sliding window has left behind are forgotten; makes
   *     no difference to a model without a window
   */
  public static long kvCacheBytes(
      ModelConfig config, int context, int bytesPerElement, boolean windowed) {
    int kept = windowed ? Math.min(context, config.slidingWindow().orElse(context)) : context;
    return 2L * config.nLayers() * config.kvDim() * kept * bytesPerElement;
  }
}
