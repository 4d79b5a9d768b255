package dev.sirocco.weights;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The hyper-parameters of a Mistral- or Mixtral-architecture model.
 *
 * @param architecture what the file calls it: {@code llama}, {@code mistral} or {@code mixtral}
 * @param dim elements of a hidden state
 * @param nLayers transformer blocks
 * @param hiddenDim inner width of the feed-forward block, or of one expert
 * @param nHeads query heads
 * @param nKvHeads key/value heads; divides {@code nHeads}
 * @param headDim elements of a head; even
 * @param vocabSize rows of the embedding table
 * @param maxPositions context length that the file declares
 * @param normEps epsilon of RMSNorm
 * @param rope rotary position embedding
 * @param slidingWindow positions a token sees, itself included; empty if all
 * @param moe the mixture of experts; empty if dense
 * @param tiedEmbeddings whether the output matrix is the embedding table
 */
public record ModelConfig(
    String architecture,
    int dim,
    int nLayers,
    int hiddenDim,
    int nHeads,
    int nKvHeads,
    int headDim,
    int vocabSize,
    int maxPositions,
    float normEps,
    RopeConfig rope,
    OptionalInt slidingWindow,
    Optional<MoeConfig> moe,
    boolean tiedEmbeddings) {

  private static final int LARGEST = 1 << 24;

  /**
   * @throws IllegalArgumentException if a value is out of range, or heads do not divide
   */
  public ModelConfig {
    requireSize("embedding length", dim);
    requireSize("layers", nLayers);
    requireSize("feed-forward length", hiddenDim);
    requireSize("attention heads", nHeads);
    requireSize("key/value heads", nKvHeads);
    requireSize("head dimension", headDim);
    requireSize("vocabulary size", vocabSize);
    requireSize("context length", maxPositions);
    slidingWindow.ifPresent(w -> requireSize("sliding window", w));
    if (nHeads % nKvHeads != 0) {
      throw new IllegalArgumentException(
          "%d attention heads cannot share %d key/value heads evenly".formatted(nHeads, nKvHeads));
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException(
          "head dimension must be even for rotary embedding, but is " + headDim);
    }
    if (!(normEps >= 0) || Float.isInfinite(normEps)) {
      throw new IllegalArgumentException(
          "epsilon of RMSNorm must be 0 or above and finite, but is " + normEps);
    }
  }

  /** Elements of all query heads of a token. */
  public int queryDim() {
    return Math.multiplyExact(nHeads, headDim);
  }

  /** Elements of all key (or value) heads of a token. */
  public int kvDim() {
    return Math.multiplyExact(nKvHeads, headDim);
  }

  private static void requireSize(String what, int value) {
    if (value < 1 || value > LARGEST) {
      throw new IllegalArgumentException(
          "%s must be 1 to %d, but is %d".formatted(what, LARGEST, value));
    }
  }
}
