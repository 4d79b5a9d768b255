package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.tensor.RopeLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceConfigTest {

  /** As published with Mistral 7B v0.1, in the older style. */
  private static final String MISTRAL_7B =
      """
      {"architectures": ["MistralForCausalLM"], "hidden_act": "silu", "hidden_size": 4096,
       "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral",
       "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8,
       "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096,
       "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 32000}
      """;

  @TempDir Path folder;

  private ModelConfig read(String json) throws IOException {
    return HuggingFaceConfig.read(Files.writeString(folder.resolve("config.json"), json));
  }

  private void assertRefused(String json, String... parts) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(folder.resolve("config.json") + ": ")
        .hasMessageContainingAll(parts);
  }

  private static String with(String field, String value) {
    return MISTRAL_7B.replaceFirst("\\{", "{\"" + field + "\": " + value + ", ");
  }

  private static String changed(String field, String value) {
    String json = MISTRAL_7B.replaceFirst("\"" + field + "\": [^,}]+", "\"%s\": %s");
    return json.formatted(field, value);
  }

  private RopeScaling scaling(String section) throws IOException {
    return read(with("rope_scaling", section)).rope().scaling();
  }

  @Test
  void mistral7BIsRead() throws IOException {
    assertThat(read(MISTRAL_7B))
        .isEqualTo(
            new ModelConfig(
                "mistral",
                4096,
                32,
                14336,
                32,
                8,
                128,
                32000,
                32768,
                1e-5f,
                new RopeConfig(10_000, RopeLayout.HALF_SPLIT, new RopeScaling.None()),
                OptionalInt.of(4096),
                Optional.empty(),
                false));
  }

  @Test
  void theWindowMayBeNullOrAbsent() throws IOException {
    assertThat(read(changed("sliding_window", "null")).slidingWindow()).isEmpty();
    assertThat(read(MISTRAL_7B.replace("sliding_window", "x")).slidingWindow()).isEmpty();
  }

  @Test
  void llamaHasNoWindowAndFullHeadsUnlessItSaysOtherwise() throws IOException {
    ModelConfig config =
        read(
            MISTRAL_7B
                .replace("\"mistral\"", "\"llama\"")
                .replace("num_key_value_heads", "x")
                .replace("rope_theta", "y"));
    assertThat(config.slidingWindow()).isEmpty();
    assertThat(config.nKvHeads()).isEqualTo(32);
    assertThat(config.rope().theta()).isEqualTo(10_000);
  }

  @Test
  void headDimensionsNeedNotBeTheQuotient() throws IOException {
    assertThat(read(with("head_dim", "160")).headDim()).isEqualTo(160);
    assertThat(read(with("head_dim", "null")).headDim()).isEqualTo(128);
  }

  @Test
  void mixtralHasExperts() throws IOException {
    String json =
        changed("model_type", "\"mixtral\"")
            .replaceFirst("\\{", "{\"num_local_experts\": 8, \"num_experts_per_tok\": 2, ");
    assertThat(read(json).moe()).contains(new MoeConfig(8, 2));
    assertRefused(
        json.replace("\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 9"),
        "experts per token must be 1 to 8 (the experts of a layer), but are 9");
    assertRefused(
        json.replace("num_local_experts", "x"), "num_local_experts is missing; an integer is");
    assertRefused(json.replace("rope_theta", "x"), "rope_theta is missing");
  }

  @Test
  void theNewerFormOfRotaryParametersWins() throws IOException {
    String parameters = "{\"rope_theta\": 1000000.0, \"rope_type\": \"linear\", \"factor\": 4.0}";
    RopeConfig rope = read(with("rope_parameters", parameters)).rope();
    assertThat(rope.theta()).isEqualTo(1_000_000);
    assertThat(rope.scaling()).isEqualTo(new RopeScaling.Linear(4));
  }

  @Test
  void theOlderFormsOfRotaryScalingAreRead() throws IOException {
    assertThat(scaling("null")).isEqualTo(new RopeScaling.None());
    assertThat(scaling("{\"rope_type\": \"default\"}")).isEqualTo(new RopeScaling.None());
    assertThat(scaling("{\"type\": \"linear\", \"factor\": 2}"))
        .isEqualTo(new RopeScaling.Linear(2));
    assertThat(
            scaling(
                """
                {"type": "yarn", "factor": 16.0, "original_max_position_embeddings": 4096,
                 "beta_fast": 64, "beta_slow": 2, "attention_factor": 1.5}"""))
        .isEqualTo(new RopeScaling.Yarn(16, 4096, 64, 2, 1.5));
    assertThat(
            scaling(
                """
                {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192,
                 "low_freq_factor": 1.0, "high_freq_factor": 4.0}"""))
        .isEqualTo(new RopeScaling.Llama3(8, 1, 4, 8192));
  }

  @Test
  void yarnsAttentionFactorFollowsMscale() throws IOException {
    String yarn =
        "{\"rope_type\": \"yarn\", \"factor\": 40, \"mscale\": 0.7, \"mscale_all_dim\": 1}";
    assertThat(scaling(yarn))
        .isInstanceOfSatisfying(
            RopeScaling.Yarn.class,
            y -> {
              assertThat(y.originalMaxPositions()).isEqualTo(32_768);
              // (0.07 ln 40 + 1) / (0.1 ln 40 + 1)
              assertThat(y.attentionFactor()).isCloseTo(0.919_156, within(1e-6));
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model_type|\"qwen2\"|model_type must be mistral, mixtral or llama (Sirocco runs no others)",
        "model_type|7|model_type must be a string, but is 7",
        "hidden_act|\"gelu\"|hidden_act must be silu",
        "hidden_size|0|hidden_size must be an integer from 1 to 16777216, but is 0",
        "hidden_size|-4096|hidden_size must be an integer from 1 to 16777216, but is -4096",
        "hidden_size|4096.5|hidden_size must be an integer from 1 to 16777216, but is 4096.5",
        "hidden_size|99999999999999999999|but is 99999999999999999999",
        "hidden_size|\"4096\"|hidden_size must be an integer",
        "hidden_size|[4096]|hidden_size must be an integer from 1 to 16777216, but is an array",
        "hidden_size|null|hidden_size is missing; an integer is wanted",
        "hidden_size|4095|the embedding length 4095 does not divide among 32 attention heads",
        "num_key_value_heads|5|32 attention heads cannot share 5 key/value heads evenly",
        "num_attention_heads|16777216|does not divide among 16777216 attention heads",
        "rms_norm_eps|-1|epsilon of RMSNorm must be 0 or above and finite, but is -1",
        "rms_norm_eps|1e999|rms_norm_eps must be a finite number",
        "rms_norm_eps|\"x\"|rms_norm_eps must be a finite number, but is \"x\"",
        "rope_theta|0|rope theta must be above 0 and finite, but is 0.0",
        "sliding_window|0|sliding_window must be an integer from 1",
        "vocab_size|true|vocab_size must be an integer from 1 to 16777216, but is true",
        "tie_word_embeddings|1|tie_word_embeddings must be true or false, but is 1"
      })
  void wrongValuesAreNamed(String field, String value, String message) {
    assertRefused(changed(field, value), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "attention_bias|true|attention_bias must be false (Sirocco computes no biases)",
        "mlp_bias|true|mlp_bias must be false",
        "quantization_config|{}|quantization_config must be absent",
        "head_dim|127|head dimension must be even for rotary embedding, but is 127",
        "head_dim|16777216|32 attention heads of 16777216 elements are more than",
        "rope_scaling|7|rope_scaling must be a JSON object, but is 7",
        "rope_scaling|{\"type\":\"longrope\"}|rope_scaling.type must be default, linear, yarn or llama3",
        "rope_scaling|{\"type\":\"llama3\",\"factor\":8}|rope_scaling.low_freq_factor is missing",
        "rope_scaling|{\"type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4}|high frequency factor of Llama 3 must be above the low one, but they are 4.0 and 4.0",
        "rope_scaling|{\"rope_type\":\"dynamic\"}|rope_scaling.rope_type must be default, linear",
        "rope_scaling|{\"type\":\"linear\"}|rope_scaling.factor is missing; a number is wanted",
        "rope_scaling|{\"type\":\"linear\",\"factor\":0}|rope scaling factor must be above 0",
        "rope_scaling|{\"type\":\"yarn\",\"factor\":2,\"truncate\":false}|rope_scaling.truncate",
        "rope_scaling|{\"type\":\"yarn\",\"factor\":2,\"beta_fast\":-1}|YaRN beta_fast must be",
        "rope_parameters|{\"partial_rotary_factor\":0.5}|rope_parameters.partial_rotary_factor",
        "model_type|\"mistral\"|bad JSON: Duplicate"
      })
  void modelsThatComputeOtherwiseAreRefused(String field, String value, String message) {
    assertRefused(with(field, value), message);
  }

  @Test
  void badJsonIsNamed() {
    assertRefused("", "must hold one JSON object");
    assertRefused("{", "bad JSON", "copy or download the file again");
    assertRefused("{}{}", "bad JSON");
    assertRefused("\"text\"", "must hold one JSON object, but holds \"text\"");
    assertRefused("{\"a\": NaN}", "bad JSON");
    assertRefused("[".repeat(100_000), "bad JSON", "depth");
    assertRefused("{\"a\":".repeat(100_000), "bad JSON", "depth");
  }

  @Test
  void aFileTooLargeForAConfigurationIsRefused() throws IOException {
    Path path = folder.resolve("config.json");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    assertThatThrownBy(() -> HuggingFaceConfig.read(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("has 1099511627776 bytes, but a configuration has at most 4194304");
  }

  @Test
  void aFolderInTheFilesPlaceIsRefused() throws IOException {
    Path path = Files.createDirectory(folder.resolve("config.json"));
    assertThatThrownBy(() -> HuggingFaceConfig.read(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(path + ": is not a regular file, but a configuration is wanted");
  }
}
