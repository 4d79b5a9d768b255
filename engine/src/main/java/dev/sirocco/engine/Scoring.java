package dev.sirocco.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.model.Batch;
import dev.sirocco.model.KvCache;
import dev.sirocco.model.Routing;
import dev.sirocco.model.Transformer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.weights.MoeConfig;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads a text chunk by chunk and hands out the predictions after each token; never more than one
 * chunk is in memory.
 */
final class Scoring {

  private final Transformer transformer;
  private final KvCache cache;
  private final float[][][] routerLogits; // [L, chunk, E]
  private final float[] logits;

  Scoring(Transformer transformer, KvCache cache) {
    this.transformer = transformer;
    this.cache = cache;
    this.logits = new float[transformer.config().vocabSize()];
    int routers = transformer.config().moe().isPresent() ? transformer.config().nLayers() : 0;
    int nExperts = transformer.config().moe().map(MoeConfig::nExperts).orElse(0);
    this.routerLogits = new float[routers][transformer.maxRows()][nExperts];
  }

  /** Computes {@code tokens} and hands out the positions {@code first} to {@code end - 1}. */
  void run(int[] tokens, int first, int end, LogitsSink sink) {
    transformer.setRoutingListener(
        routerLogits.length == 0 ? Optional.empty() : Optional.of(this::keep));
    int chunk = transformer.maxRows();
    for (int start = 0; start < tokens.length; start += chunk) {
      int n = Math.min(chunk, tokens.length - start);
      transformer.forward(Batch.of(cache, Arrays.copyOfRange(tokens, start, start + n)));
      handOut(start, Math.max(first, start), Math.min(end, start + n), sink);
    }
  }

  private void keep(int layer, Routing routing) {
    for (int row = 0; row < routing.rows(); row++) {
      copy(routing.logits(), row, routerLogits[layer][row]);
    }
  }

  private void handOut(int start, int first, int end, LogitsSink sink) {
    for (int from = first; from < end; from += Transformer.MAX_LOGIT_ROWS) {
      int n = Math.min(Transformer.MAX_LOGIT_ROWS, end - from);
      int row = from - start;
      FloatMatrix block = transformer.logits(IntStream.range(row, row + n).toArray());
      for (int i = 0; i < n; i++) {
        copy(block, i, logits);
        sink.accept(from + i, logits, routersOf(row + i));
      }
    }
  }

  private float[][] routersOf(int row) {
    float[][] routers = new float[routerLogits.length][];
    for (int layer = 0; layer < routers.length; layer++) {
      routers[layer] = routerLogits[layer][row];
    }
    return routers;
  }

  private static void copy(FloatMatrix from, int row, float[] to) {
    MemorySegment.copy(from.data(), JAVA_FLOAT, from.offset(row), to, 0, to.length);
  }
}
