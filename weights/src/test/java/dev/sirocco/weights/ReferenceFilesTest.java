package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Opens the reference models, and compares with what their READMEs and configurations say. */
class ReferenceFilesTest {

  @Test
  void stories260KOpens() {
    try (ModelFiles model = ModelFiles.open(Shared.path("models/stories260K.gguf"))) {
      assertThat(model.config())
          .isEqualTo(
              new ModelConfig(
                  "llama",
                  64,
                  5,
                  172,
                  8,
                  4,
                  8,
                  512,
                  2048,
                  1e-5f,
                  new RopeConfig(10_000, RopeLayout.INTERLEAVED, new RopeScaling.None()),
                  OptionalInt.empty(),
                  Optional.empty(),
                  false));
      assertThat(model.folder()).isEmpty();
      assertThat(model.sourceTensors()).hasSize(48);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "IQ4_NL,IQ4_NL",
    "IQ4_XS,IQ4_XS",
    "Q2_K,Q2_K",
    "Q3_K_S,Q3_K",
    "Q4_0,Q4_0",
    "Q4_K_S,Q4_K",
    "Q5_0,Q5_0",
    "Q5_K_S,Q5_K",
    "Q6_K,Q6_K",
    "Q8_0,Q8_0"
  })
  void ourMixtralOpensInEveryQuantisation(String file, DType type) {
    try (ModelFiles model = ModelFiles.open(Shared.path("models/sirocco-tiny-" + file + ".gguf"))) {
      assertThat(model.config().moe()).contains(new MoeConfig(8, 2));
      Tensor expert = model.tensor(TensorNames.expert(3, 7, "w1"));
      assertThat(expert.dtype()).isEqualTo(type);
      assertThat(expert.hasShape(256, 256)).isTrue();
      assertThat(expert.name()).isEqualTo("blk.3.ffn_gate_exps.weight[7]");
      Tensor merged =
          Objects.requireNonNull(model.sourceTensors().get("blk.3.ffn_gate_exps.weight"));
      assertThat(expert.data().address())
          .isEqualTo(merged.data().address() + 7 * expert.data().byteSize());
    }
  }

  @Test
  void tiedEmbeddingsServeAsOutputInGguf() {
    Path path = Shared.path("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    try (ModelFiles model = ModelFiles.open(path)) {
      assertThat(model.config().tiedEmbeddings()).isTrue();
      assertThat(model.config().rope().theta()).isEqualTo(100_000);
      assertThat(model.tensor(TensorNames.OUTPUT))
          .isEqualTo(model.tensor(TensorNames.TOK_EMBEDDINGS));
      assertThat(model.tensor(TensorNames.OUTPUT).dtype()).isEqualTo(DType.Q8_0);
    }
  }

  @Test
  void weightBytesAreThoseOfAllTensors() throws IOException {
    Path path = Shared.path("models/SmolLM2-135M-Instruct.Q4_1.gguf");
    try (ModelFiles model = ModelFiles.open(path)) {
      // The tensor data begin at byte 1,785,664 and fill the rest of the file.
      assertThat(model.weightBytes()).isEqualTo(Files.size(path) - 1_785_664);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-tied",
        "mistral-linear",
        "mistral-nowindow",
        "mistral-window",
        "mistral-yarn",
        "mixtral",
        "mixtral-bf16"
      })
  void goldenModelsOpen(String name) {
    Path folder = Shared.path("golden/" + name);
    try (ModelFiles model = ModelFiles.open(folder)) {
      assertThat(model.folder()).contains(folder);
      assertThat(model.config().dim()).isEqualTo(64);
      assertThat(model.config().headDim()).isEqualTo(16);
      assertThat(model.config().rope().layout()).isEqualTo(RopeLayout.HALF_SPLIT);
      assertThat(model.tensor(TensorNames.wk(2)).hasShape(32, 64)).isTrue();
      assertThat(model.config().tiedEmbeddings()).isEqualTo(name.equals("llama-tied"));
      assertThat(model.config().slidingWindow())
          .isEqualTo(name.equals("mistral-window") ? OptionalInt.of(16) : OptionalInt.empty());
      model.verifyUnchanged();
    }
  }

  @Test
  void ropeScalingComesFromTheConfiguration() {
    assertThat(scaling("golden/mistral-linear")).isEqualTo(new RopeScaling.Linear(4));
    assertThat(scaling("golden/mistral-yarn"))
        .isEqualTo(new RopeScaling.Yarn(8, 64, 32, 1, 0.1 * Math.log(8) + 1));
    assertThat(scaling("golden/mistral-window")).isEqualTo(new RopeScaling.None());
  }

  private static RopeScaling scaling(String folder) {
    try (ModelFiles model = ModelFiles.open(Shared.path(folder))) {
      return model.config().rope().scaling();
    }
  }

  @Test
  void expectedResultsAreReadable() {
    Path path = Shared.path("golden/mixtral-bf16/expected.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.array("input_ids").integers()).hasSize(64);
      assertThat(file.tensor("router_logits.2").hasShape(64, 8)).isTrue();
    }
  }

  @Test
  void vocabularyFilesOpenAndDescribeThemselves() {
    Path path = Shared.path("tokenizers/ggml-vocab-llama-spm.gguf");
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.tensors()).isEmpty();
      assertThat(file.version()).isEqualTo(3);
      GgufMetadata metadata = file.metadata();
      assertThat(metadata.strings("tokenizer.ggml.tokens").orElseThrow())
          .hasSize(32_000)
          .startsWith("<unk>", "<s>", "</s>", "<0x00>");
      assertThat(metadata.floats("tokenizer.ggml.scores").orElseThrow()).hasSize(32_000);
      assertThat(metadata.integers("tokenizer.ggml.token_type").orElseThrow()).startsWith(2, 3, 3);
      assertThat(metadata.bool("tokenizer.ggml.add_bos_token")).contains(true);
      assertThat(metadata.integer("tokenizer.ggml.bos_token_id")).contains(1L);
      assertThat(metadata.describe("tokenizer.ggml.tokens"))
          .isEqualTo("[<unk>, <s>, </s>, <0x00>, <0x01>, <0x02>, … 32000 in all]");
      assertThat(metadata.describe("llama.attention.layer_norm_rms_epsilon")).isEqualTo("1.0E-5");
    }
  }

  @Test
  void everySafetensorsFileOpens() throws IOException {
    try (Stream<Path> files = Files.walk(Shared.path("golden"))) {
      List<Path> safetensors = files.filter(p -> p.toString().endsWith(".safetensors")).toList();
      assertThat(safetensors).isNotEmpty();
      for (Path path : safetensors) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
          assertThat(file.arrays()).isNotEmpty();
        }
      }
    }
  }
}
