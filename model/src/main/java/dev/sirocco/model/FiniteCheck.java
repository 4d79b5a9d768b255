package dev.sirocco.model;

import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.MoeConfig;
import dev.sirocco.weights.TensorNames;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Notices NaN and infinity where they first appear, and finds the weight that brought them.
 *
 * <p>Reading the residual stream once per block costs little beside computing it; weights are only
 * read when something was found.
 */
final class FiniteCheck {

  private final ModelConfig config;
  private final ModelWeights weights;
  private final Kernels kernels;

  FiniteCheck(ModelConfig config, ModelWeights weights, Kernels kernels) {
    this.config = config;
    this.weights = weights;
    this.kernels = kernels;
  }

  void afterEmbedding(FloatMatrix x) {
    if (!kernels.isFinite(x)) {
      fail(x, "the embeddings", List.of(TensorNames.TOK_EMBEDDINGS), IntUnaryOperator.identity());
    }
  }

  /**
   * Checks the output of a layer.
   *
   * @param batchRow the row of the batch that is in a row of {@code x}
   */
  void afterBlock(int layer, FloatMatrix x, IntUnaryOperator batchRow) {
    if (!kernels.isFinite(x)) {
      fail(x, "layer " + layer, tensorsOf(layer), batchRow);
    }
  }

  void afterOutput(FloatMatrix logits) {
    if (!kernels.isFinite(logits)) {
      String output = config.tiedEmbeddings() ? TensorNames.TOK_EMBEDDINGS : TensorNames.OUTPUT;
      fail(
          logits,
          "the output layer",
          List.of(TensorNames.NORM, output),
          IntUnaryOperator.identity());
    }
  }

  private List<String> tensorsOf(int layer) {
    List<String> names = new ArrayList<>();
    names.add(TensorNames.attentionNorm(layer));
    names.add(TensorNames.wq(layer));
    names.add(TensorNames.wk(layer));
    names.add(TensorNames.wv(layer));
    names.add(TensorNames.wo(layer));
    names.add(TensorNames.ffnNorm(layer));
    int nExperts = config.moe().map(MoeConfig::nExperts).orElse(0);
    if (nExperts > 0) {
      names.add(TensorNames.gate(layer));
    }
    for (String matrix : List.of("w1", "w2", "w3")) {
      if (nExperts == 0) {
        names.add(TensorNames.feedForward(layer, matrix));
      }
      for (int e = 0; e < nExperts; e++) {
        names.add(TensorNames.expert(layer, e, matrix));
      }
    }
    return names;
  }

  private void fail(
      FloatMatrix found, String where, List<String> suspects, IntUnaryOperator reportedRow) {
    int[] rows =
        IntStream.range(0, found.rows())
            .filter(i -> !kernels.isFinite(found.rows(i, 1)))
            .map(reportedRow)
            .toArray();
    for (String name : suspects) {
      Tensor tensor = weights.tensor(name);
      for (int row = 0; row < tensor.rows(); row++) {
        requireFinite(tensor, row, where, rows);
      }
    }
    throw new NonFiniteException(
        "%s gave NaN or infinity although its weights are finite: numbers overflow; keep keys and values in F32, and if that does not help, the model or its hyper-parameters are damaged"
            .formatted(where),
        rows);
  }

  private static void requireFinite(Tensor tensor, int row, String where, int[] rows) {
    float[] values = new float[tensor.columns()];
    Dequantizer.dequantize(
        tensor.dtype(), tensor.data(), row * tensor.rowBytes(), values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new NonFiniteException(
            "%s gave NaN or infinity: tensor %s holds %s in row %d, column %d; the file is damaged, fetch or convert it again"
                .formatted(where, tensor.name(), values[i], row, i),
            rows);
      }
    }
  }
}
