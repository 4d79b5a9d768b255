package dev.sirocco.weights;

/**
 * Sirocco's names of a model's tensors: those of Mistral's own files. Foreign names (GGUF, Hugging
 * Face) are translated to them when a file is opened; experts are always one matrix each.
 */
public final class TensorNames {

  /** Embedding table [V, D]. */
  public static final String TOK_EMBEDDINGS = "tok_embeddings.weight";

  /** Final norm [D]. */
  public static final String NORM = "norm.weight";

  /** Output matrix [V, D]; absent when the embeddings are tied. */
  public static final String OUTPUT = "output.weight";

  private TensorNames() {}

  /** Norm before attention [D]. */
  public static String attentionNorm(int layer) {
    return "layers." + layer + ".attention_norm.weight";
  }

  /** Queries [nHeads * headDim, D]. */
  public static String wq(int layer) {
    return "layers." + layer + ".attention.wq.weight";
  }

  /** Keys [nKvHeads * headDim, D]. */
  public static String wk(int layer) {
    return "layers." + layer + ".attention.wk.weight";
  }

  /** Values [nKvHeads * headDim, D]. */
  public static String wv(int layer) {
    return "layers." + layer + ".attention.wv.weight";
  }

  /** Attention output [D, nHeads * headDim]. */
  public static String wo(int layer) {
    return "layers." + layer + ".attention.wo.weight";
  }

  /** Norm before the feed-forward block or the experts [D]. */
  public static String ffnNorm(int layer) {
    return "layers." + layer + ".ffn_norm.weight";
  }

  /**
   * A dense feed-forward matrix; {@code matrix} is {@code w1} (gate) or {@code w3} (up) [F, D], or
   * {@code w2} (down) [D, F].
   */
  public static String feedForward(int layer, String matrix) {
    return "layers." + layer + ".feed_forward." + matrix + ".weight";
  }

  /** The router [E, D]. */
  public static String gate(int layer) {
    return "layers." + layer + ".feed_forward.gate.weight";
  }

  /** A matrix of one expert; shapes as in {@link #feedForward}. */
  public static String expert(int layer, int expert, String matrix) {
    return "layers." + layer + ".feed_forward.experts." + expert + "." + matrix + ".weight";
  }
}
