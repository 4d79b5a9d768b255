package dev.sirocco.weights;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Reads the hyper-parameters of a GGUF file of the llama architecture, dense or with experts. */
final class GgufConfig {

  private static final String ARCHITECTURE = "general.architecture";
  private static final String LLAMA = "llama";
  private static final String ROPE_SCALING = "llama.rope.scaling.";

  private final Path path;
  private final GgufMetadata metadata;
  private final Map<String, Tensor> tensors;

  private GgufConfig(GgufFile file) {
    this.path = file.path();
    this.metadata = file.metadata();
    this.tensors = file.tensors();
  }

  /**
   * Reads the configuration.
   *
   * @throws ModelFormatException if the architecture is another, or a value is missing or wrong
   */
  static ModelConfig read(GgufFile file) {
    GgufConfig reader = new GgufConfig(file);
    reader.requireSupported();
    return ConfigChecks.build(file.path(), reader::build);
  }

  private void requireSupported() {
    String architecture =
        metadata.string(ARCHITECTURE).orElseThrow(() -> missing(ARCHITECTURE, "a STRING"));
    if (!architecture.equals(LLAMA)) {
      throw error(
          "%s is \"%s\", but Sirocco runs \"%s\" (Mistral, Mixtral and Llama models); use a file of that architecture"
              .formatted(ARCHITECTURE, architecture, LLAMA));
    }
    if (tensors.isEmpty()) {
      throw error("has no tensors: it is a vocabulary only; use a file with weights");
    }
    if (!metadata.bool("llama.attention.causal").orElse(true)) {
      throw error(
          "llama.attention.causal is false: this model embeds text and cannot generate; use a generating model");
    }
  }

  private ModelConfig build() {
    int dim = integer("llama.embedding_length");
    int nHeads = integer("llama.attention.head_count");
    int nKvHeads = optionalInteger("llama.attention.head_count_kv").orElse(nHeads);
    int headDim = headDim(dim, nHeads);
    int maxPositions = integer("llama.context_length");
    return new ModelConfig(
        LLAMA,
        dim,
        integer("llama.block_count"),
        integer("llama.feed_forward_length"),
        nHeads,
        nKvHeads,
        headDim,
        vocabSize(),
        maxPositions,
        (float) number("llama.attention.layer_norm_rms_epsilon"),
        new RopeConfig(
            optionalNumber("llama.rope.freq_base").orElse(ConfigChecks.DEFAULT_THETA),
            RopeLayout.INTERLEAVED,
            ropeScaling(headDim, maxPositions)),
        slidingWindow(),
        moe(),
        !tensors.containsKey(NameScheme.GGUF.output()));
  }

  private int headDim(int dim, int nHeads) {
    OptionalInt declared = optionalInteger("llama.attention.key_length");
    int headDim =
        declared.isPresent() ? declared.getAsInt() : ConfigChecks.defaultHeadDim(path, dim, nHeads);
    requireHeadDim("llama.attention.value_length", headDim);
    requireHeadDim("llama.rope.dimension_count", headDim);
    return headDim;
  }

  private void requireHeadDim(String key, int headDim) {
    int value = optionalInteger(key).orElse(headDim);
    if (value != headDim) {
      throw error(
          "%s is %d, but must be the head dimension, %d: Sirocco rotates whole heads, with keys and values of one size; use another model"
              .formatted(key, value, headDim));
    }
  }

  private int vocabSize() {
    OptionalInt declared = optionalInteger("llama.vocab_size");
    Tensor embeddings = tensors.get(NameScheme.GGUF.embeddings());
    if (declared.isPresent() || embeddings == null) {
      return declared.orElseThrow(() -> missing("llama.vocab_size", "an integer"));
    }
    return (int) Math.min(embeddings.shape().getFirst(), Integer.MAX_VALUE);
  }

  /** A window of 0 positions is how converters write that there is none. */
  private OptionalInt slidingWindow() {
    String key = "llama.attention.sliding_window";
    Optional<Long> window = metadata.integer(key);
    if (window.isEmpty() || window.get() == 0) {
      return OptionalInt.empty();
    }
    return optionalInteger(key);
  }

  private Optional<MoeConfig> moe() {
    if (metadata.integer("llama.expert_count").orElse(0L) == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new MoeConfig(integer("llama.expert_count"), integer("llama.expert_used_count")));
  }

  private RopeScaling ropeScaling(int headDim, int maxPositions) {
    Tensor divisors = tensors.get(NameScheme.ROPE_FREQUENCIES);
    if (divisors == null) {
      return declaredScaling(maxPositions);
    }
    if (!(declaredScaling(maxPositions) instanceof RopeScaling.None)) {
      throw error(
          "%stype and tensor %s both stretch rotary frequencies, and only one of them is computed; use another model"
              .formatted(ROPE_SCALING, NameScheme.ROPE_FREQUENCIES));
    }
    if (divisors.dtype() != DType.F32 || !divisors.shape().equals(List.of(headDim / 2L))) {
      throw error(
          "tensor %s is %s, but must be F32 [%d], a number for each pair of a head; the file is damaged"
              .formatted(NameScheme.ROPE_FREQUENCIES, divisors.describe(), headDim / 2));
    }
    List<Double> values = new ArrayList<>();
    for (long pair = 0; pair < headDim / 2; pair++) {
      int bits = divisors.data().get(GgufCursor.INT, 4 * pair);
      values.add((double) Float.intBitsToFloat(bits));
    }
    return new RopeScaling.Divided(values);
  }

  private RopeScaling declaredScaling(int maxPositions) {
    OptionalDouble declared = optionalNumber(ROPE_SCALING + "factor");
    OptionalDouble factor =
        declared.isPresent() ? declared : optionalNumber("llama.rope.scale_linear");
    String type =
        metadata.string(ROPE_SCALING + "type").orElse(factor.orElse(0) == 0 ? "none" : "linear");
    return switch (type) {
      case "none" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(require(factor));
      case "yarn" -> yarn(require(factor), maxPositions);
      default ->
          throw error(
              "%stype is \"%s\", but Sirocco computes none, linear and yarn; use another model"
                  .formatted(ROPE_SCALING, type));
    };
  }

  private double require(OptionalDouble factor) {
    return factor.orElseThrow(() -> missing(ROPE_SCALING + "factor", "a number"));
  }

  private RopeScaling yarn(double factor, int maxPositions) {
    double recommended = ConfigChecks.yarnAttentionFactor(factor, 1);
    return new RopeScaling.Yarn(
        factor,
        optionalInteger(ROPE_SCALING + "original_context_length").orElse(maxPositions),
        ConfigChecks.betaFast(optionalNumber(ROPE_SCALING + "yarn_beta_fast")),
        ConfigChecks.betaSlow(optionalNumber(ROPE_SCALING + "yarn_beta_slow")),
        recommended * optionalNumber(ROPE_SCALING + "attn_factor").orElse(1));
  }

  private int integer(String key) {
    return optionalInteger(key).orElseThrow(() -> missing(key, "an integer"));
  }

  private OptionalInt optionalInteger(String key) {
    Optional<Long> value = metadata.integer(key);
    if (value.isPresent() && (value.get() < 1 || value.get() > ConfigChecks.LARGEST)) {
      throw error(
          "%s must be an integer from 1 to %d, but is %d; the file is damaged"
              .formatted(key, ConfigChecks.LARGEST, value.get()));
    }
    return value.map(v -> OptionalInt.of(v.intValue())).orElse(OptionalInt.empty());
  }

  private double number(String key) {
    return optionalNumber(key).orElseThrow(() -> missing(key, "a number"));
  }

  private OptionalDouble optionalNumber(String key) {
    Optional<Double> value = metadata.number(key);
    if (value.isPresent() && !Double.isFinite(value.get())) {
      throw error(
          "%s must be a finite number, but is %s; the file is damaged".formatted(key, value.get()));
    }
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  private ModelFormatException missing(String key, String wanted) {
    return error(
        "metadata key %s is missing; %s is wanted: convert the model again".formatted(key, wanted));
  }

  private ModelFormatException error(String message) {
    return new ModelFormatException(path + ": " + message);
  }
}
