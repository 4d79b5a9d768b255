package dev.sirocco.weights;

import static dev.sirocco.weights.ConfigChecks.LARGEST;

import dev.sirocco.tensor.RopeLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads a Hugging Face {@code config.json} of a mistral, mixtral or llama model.
 *
 * <p>Only a file that declares a sliding window has one: a missing field means the same as {@code
 * null}.
 */
final class HuggingFaceConfig {

  private static final Set<String> MODELS = Set.of("mistral", "mixtral", "llama");

  private final ConfigFile file;
  private final String model;

  private HuggingFaceConfig(ConfigFile file) {
    this.file = file;
    this.model = file.text("model_type").orElseThrow(() -> file.missing("model_type", "a string"));
  }

  /**
   * Reads the configuration.
   *
   * @throws ModelFormatException if the model is of another kind, or a value is missing or wrong
   */
  static ModelConfig read(Path path) {
    HuggingFaceConfig reader = new HuggingFaceConfig(ConfigFile.read(path));
    reader.requireSupported();
    return ConfigChecks.build(path, reader::build);
  }

  private void requireSupported() {
    if (!MODELS.contains(model)) {
      throw file.wrong("model_type", "mistral, mixtral or llama (Sirocco runs no others)");
    }
    if (!file.text("hidden_act").orElse("silu").equals("silu")) {
      throw file.wrong("hidden_act", "silu (Sirocco computes no other activation)");
    }
    for (String field : Set.of("attention_bias", "mlp_bias")) {
      if (file.flag(field).orElse(false)) {
        throw file.wrong(field, "false (Sirocco computes no biases)");
      }
    }
    if (file.has("quantization_config")) {
      throw file.wrong(
          "quantization_config",
          "absent (Sirocco reads F32, F16 and BF16 here; for quantised weights use a GGUF file)");
    }
  }

  private ModelConfig build() {
    int dim = file.integer("hidden_size", 1, LARGEST);
    int nHeads = file.integer("num_attention_heads", 1, LARGEST);
    int maxPositions = file.integer("max_position_embeddings", 1, LARGEST);
    OptionalInt headDim = file.optionalInteger("head_dim", 1, LARGEST);
    return new ModelConfig(
        model,
        dim,
        file.integer("num_hidden_layers", 1, LARGEST),
        file.integer("intermediate_size", 1, LARGEST),
        nHeads,
        file.optionalInteger("num_key_value_heads", 1, LARGEST).orElse(nHeads),
        headDim.isPresent()
            ? headDim.getAsInt()
            : ConfigChecks.defaultHeadDim(file.path(), dim, nHeads),
        file.integer("vocab_size", 1, LARGEST),
        maxPositions,
        (float) file.number("rms_norm_eps"),
        rope(maxPositions),
        model.equals("llama")
            ? OptionalInt.empty()
            : file.optionalInteger("sliding_window", 1, LARGEST),
        moe(),
        file.flag("tie_word_embeddings").orElse(false));
  }

  private Optional<MoeConfig> moe() {
    if (!model.equals("mixtral")) {
      return Optional.empty();
    }
    return Optional.of(
        new MoeConfig(
            file.integer("num_local_experts", 1, LARGEST),
            file.integer("num_experts_per_tok", 1, LARGEST)));
  }

  /** Newer files say everything in rope_parameters, older ones in rope_theta and rope_scaling. */
  private RopeConfig rope(int maxPositions) {
    Optional<ConfigFile> parameters = file.section("rope_parameters");
    Optional<ConfigFile> scaling =
        parameters.isPresent() ? parameters : file.section("rope_scaling");
    OptionalDouble inside =
        parameters.map(p -> p.optionalNumber("rope_theta")).orElse(OptionalDouble.empty());
    OptionalDouble theta = inside.isPresent() ? inside : file.optionalNumber("rope_theta");
    if (theta.isEmpty() && model.equals("mixtral")) {
      throw file.missing("rope_theta", "the base of the rotary frequencies");
    }
    return new RopeConfig(
        theta.orElse(ConfigChecks.DEFAULT_THETA),
        RopeLayout.HALF_SPLIT,
        scaling.map(s -> scaling(s, maxPositions)).orElse(new RopeScaling.None()));
  }

  private static RopeScaling scaling(ConfigFile section, int maxPositions) {
    String field = section.has("rope_type") ? "rope_type" : "type";
    if (section.optionalNumber("partial_rotary_factor").orElse(1) != 1) {
      throw section.wrong("partial_rotary_factor", "1 (Sirocco rotates whole heads)");
    }
    return switch (section.text(field).orElse("default")) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(section.number("factor"));
      case "yarn" -> yarn(section, maxPositions);
      case "llama3" ->
          new RopeScaling.Llama3(
              section.number("factor"),
              section.number("low_freq_factor"),
              section.number("high_freq_factor"),
              section
                  .optionalInteger("original_max_position_embeddings", 1, LARGEST)
                  .orElse(maxPositions));
      default ->
          throw section.wrong(field, "default, linear, yarn or llama3 (Sirocco computes no other)");
    };
  }

  private static RopeScaling yarn(ConfigFile section, int maxPositions) {
    if (!section.flag("truncate").orElse(true)) {
      throw section.wrong("truncate", "true (Sirocco rounds the correction range as the paper)");
    }
    int original =
        section
            .optionalInteger("original_max_position_embeddings", 1, LARGEST)
            .orElse(maxPositions);
    double factor = section.optionalNumber("factor").orElse((double) maxPositions / original);
    return new RopeScaling.Yarn(
        factor,
        original,
        ConfigChecks.betaFast(section.optionalNumber("beta_fast")),
        ConfigChecks.betaSlow(section.optionalNumber("beta_slow")),
        section.optionalNumber("attention_factor").orElse(attentionFactor(section, factor)));
  }

  private static double attentionFactor(ConfigFile section, double factor) {
    double mscale = section.optionalNumber("mscale").orElse(0);
    double mscaleAllDim = section.optionalNumber("mscale_all_dim").orElse(0);
    if (mscale == 0 || mscaleAllDim == 0) {
      return ConfigChecks.yarnAttentionFactor(factor, 1);
    }
    return ConfigChecks.yarnAttentionFactor(factor, mscale)
        / ConfigChecks.yarnAttentionFactor(factor, mscaleAllDim);
  }
}
