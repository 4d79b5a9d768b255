package dev.sirocco.weights;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Gives the tensors of a file Sirocco's names, and checks that every tensor the model needs is
 * there with the shape that its configuration asks for.
 *
 * <p>Bound tensors keep the file's names as their own, so that later messages speak of what the
 * user can find in the file.
 */
final class TensorBinder {

  // D: embedding, F: feed-forward, V: vocabulary, E: experts
  private final Path path;
  private final ModelConfig config;
  private final NameScheme names;
  private final Map<String, Tensor> source;
  private final Map<String, Tensor> bound = new HashMap<>();
  private final Set<String> used = new HashSet<>();

  private TensorBinder(
      Path path, ModelConfig config, NameScheme names, Map<String, Tensor> source) {
    this.path = path;
    this.config = config;
    this.names = names;
    this.source = source;
  }

  /**
   * Binds all tensors of a model.
   *
   * @throws ModelFormatException if one is missing, has another shape, or has no place in the model
   */
  static Map<String, Tensor> bind(
      Path path, ModelConfig config, NameScheme names, Map<String, Tensor> source) {
    TensorBinder binder = new TensorBinder(path, config, names, source);
    binder.bindModel();
    binder.requireAllUsed();
    return Map.copyOf(binder.bound);
  }

  private void bindModel() {
    long d = config.dim();
    long v = config.vocabSize();
    bind(TensorNames.TOK_EMBEDDINGS, names.embeddings(), v, d);
    bindNorm(TensorNames.NORM, names.norm());
    if (config.tiedEmbeddings()) {
      bind(TensorNames.OUTPUT, names.embeddings(), v, d);
      used.add(names.output());
    } else {
      bind(TensorNames.OUTPUT, names.output(), v, d);
    }
    for (int layer = 0; layer < config.nLayers(); layer++) {
      bindAttention(layer);
      bindNorm(TensorNames.ffnNorm(layer), NameScheme.at(names.ffnNorm(), layer));
      for (String matrix : List.of("w1", "w2", "w3")) {
        bindFeedForward(layer, matrix);
      }
    }
  }

  private void bindAttention(int layer) {
    long d = config.dim();
    bindNorm(TensorNames.attentionNorm(layer), NameScheme.at(names.attentionNorm(), layer));
    bind(TensorNames.wq(layer), NameScheme.at(names.wq(), layer), config.queryDim(), d);
    bind(TensorNames.wk(layer), NameScheme.at(names.wk(), layer), config.kvDim(), d);
    bind(TensorNames.wv(layer), NameScheme.at(names.wv(), layer), config.kvDim(), d);
    bind(TensorNames.wo(layer), NameScheme.at(names.wo(), layer), d, config.queryDim());
  }

  private void bindFeedForward(int layer, String matrix) {
    boolean down = matrix.equals("w2");
    long out = down ? config.dim() : config.hiddenDim();
    long in = down ? config.hiddenDim() : config.dim();
    if (config.moe().isEmpty()) {
      String name = NameScheme.at(names.feedForward().of(matrix), layer);
      bind(TensorNames.feedForward(layer, matrix), name, out, in);
      return;
    }
    int experts = config.moe().get().nExperts();
    bind(TensorNames.gate(layer), NameScheme.at(names.gate(), layer), experts, config.dim());
    Optional<String> mergedName =
        names
            .mergedExperts()
            .map(m -> NameScheme.at(m.of(matrix), layer))
            .filter(source::containsKey);
    if (mergedName.isPresent()) {
      Tensor merged = require(mergedName.get(), experts, out, in);
      for (int e = 0; e < experts; e++) {
        String part = merged.name() + "[" + e + "]";
        bound.put(TensorNames.expert(layer, e, matrix), merged.part(e, part));
      }
      return;
    }
    for (int e = 0; e < experts; e++) {
      String name = NameScheme.at(names.expert().of(matrix), layer, e);
      bind(TensorNames.expert(layer, e, matrix), name, out, in);
    }
  }

  private void bindNorm(String ours, String theirs) {
    Tensor norm = require(theirs, config.dim());
    DType type = norm.dtype();
    if (type.isQuantised()) {
      throw new ModelFormatException(
          "%s: norm %s has type %s, but must be F32, F16 or BF16; convert or quantise the model again"
              .formatted(path, theirs, type));
    }
    bound.put(ours, norm);
  }

  private void bind(String ours, String theirs, long... shape) {
    bound.put(ours, require(theirs, shape));
  }

  private Tensor require(String name, long... shape) {
    Tensor tensor = source.get(name);
    if (tensor == null) {
      throw new ModelFormatException(
          "%s: tensor %s %s is missing; the model is incomplete: copy or convert it again, with all its shards"
              .formatted(path, name, Arrays.toString(shape)));
    }
    if (!sameShape(tensor.shape(), shape)) {
      throw new ModelFormatException(
          "%s: tensor %s has shape %s, but the configuration asks for %s; weights and configuration do not belong together"
              .formatted(path, name, tensor.shape(), Arrays.toString(shape)));
    }
    used.add(name);
    return new Tensor(name, tensor.dtype(), Arrays.stream(shape).boxed().toList(), tensor.data());
  }

  /** GGUF writers drop leading dimensions of 1, so [1, 4096] is found as [4096]. */
  private static boolean sameShape(List<Long> found, long[] expected) {
    return withoutLeadingOnes(found)
        .equals(withoutLeadingOnes(Arrays.stream(expected).boxed().toList()));
  }

  private static List<Long> withoutLeadingOnes(List<Long> shape) {
    int first = 0;
    while (first < shape.size() - 1 && shape.get(first) == 1) {
      first++;
    }
    return shape.subList(first, shape.size());
  }

  private void requireAllUsed() {
    for (Tensor tensor : source.values()) {
      if (!used.contains(tensor.name()) && !names.ignores(tensor.name())) {
        throw new ModelFormatException(
            "%s: tensor %s %s has no place in a %s model of %d layers; Sirocco would compute something else than this model: use another"
                .formatted(
                    path,
                    tensor.name(),
                    tensor.describe(),
                    config.architecture(),
                    config.nLayers()));
      }
    }
  }
}
