package dev.sirocco.weights;

import static dev.sirocco.weights.ConfigChecks.LARGEST;

import dev.sirocco.tensor.RopeLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads the {@code params.json} of Mistral's own folders.
 *
 * <p>Where {@code rope_theta} is absent it is what Mistral's inference code takes: 1e4 with a
 * sliding window (Mistral 7B v0.1), 1e6 without. Where no context length is given it is 32,768,
 * that of the models which do not give one.
 */
final class MistralConfig {

  private static final double WINDOWED_THETA = 10_000;
  private static final double UNWINDOWED_THETA = 1_000_000;
  private static final int DEFAULT_POSITIONS = 32_768;

  /** Fields of models that compute what Sirocco does not. */
  private static final List<String> FOREIGN_FIELDS =
      List.of(
          "q_lora_rank",
          "kv_lora_rank",
          "vision_encoder",
          "multimodal",
          "quantization",
          "yarn",
          "llama_4_scaling",
          "ada_rms_norm_t_cond");

  private MistralConfig() {}

  /**
   * Reads the configuration.
   *
   * @throws ModelFormatException if a value is missing or wrong
   */
  static ModelConfig read(Path path) {
    ConfigFile file = ConfigFile.read(path);
    for (String field : FOREIGN_FIELDS) {
      if (file.has(field)) {
        throw file.wrong(field, "absent (Sirocco does not compute it)");
      }
    }
    return ConfigChecks.build(path, () -> build(file));
  }

  private static ModelConfig build(ConfigFile file) {
    int dim = file.integer("dim", 1, LARGEST);
    int nHeads = file.integer("n_heads", 1, LARGEST);
    OptionalInt headDim = file.optionalInteger("head_dim", 1, LARGEST);
    OptionalInt window = file.optionalInteger("sliding_window", 1, LARGEST);
    Optional<MoeConfig> moe =
        file.section("moe")
            .map(
                section ->
                    new MoeConfig(
                        section.integer("num_experts", 1, LARGEST),
                        section.integer("num_experts_per_tok", 1, LARGEST)));
    return new ModelConfig(
        moe.isPresent() ? "mixtral" : "mistral",
        dim,
        file.integer("n_layers", 1, LARGEST),
        file.integer("hidden_dim", 1, LARGEST),
        nHeads,
        file.optionalInteger("n_kv_heads", 1, LARGEST).orElse(nHeads),
        headDim.isPresent()
            ? headDim.getAsInt()
            : ConfigChecks.defaultHeadDim(file.path(), dim, nHeads),
        file.integer("vocab_size", 1, LARGEST),
        maxPositions(file),
        (float) file.number("norm_eps"),
        new RopeConfig(
            file.optionalNumber("rope_theta")
                .orElse(window.isPresent() ? WINDOWED_THETA : UNWINDOWED_THETA),
            RopeLayout.INTERLEAVED,
            new RopeScaling.None()),
        window,
        moe,
        file.flag("tied_embeddings").orElse(false));
  }

  private static int maxPositions(ConfigFile file) {
    OptionalInt declared = file.optionalInteger("max_position_embeddings", 1, LARGEST);
    return declared.isPresent()
        ? declared.getAsInt()
        : file.optionalInteger("max_seq_len", 1, LARGEST).orElse(DEFAULT_POSITIONS);
  }
}
