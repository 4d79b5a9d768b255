package dev.sirocco.model;

import java.util.Arrays;

/** Runs a model over a text, for tests. */
final class Runs {

  private Runs() {}

  /** Logits after every token [T, V], read in chunks of {@code chunk}. */
  static float[][] logits(Transformer model, KvCache cache, int[] tokens, int chunk) {
    float[][] logits = new float[tokens.length][];
    for (int start = 0; start < tokens.length; start += chunk) {
      int n = Math.min(chunk, tokens.length - start);
      model.forward(Batch.of(cache, Arrays.copyOfRange(tokens, start, start + n)));
      for (int i = 0; i < n; i++) {
        logits[start + i] = model.logits(i).row(0);
      }
    }
    return logits;
  }
}
