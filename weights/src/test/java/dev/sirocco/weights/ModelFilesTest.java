package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFilesTest {

  @TempDir Path folder;

  private void assertRefused(Path path, String... parts) {
    assertThatThrownBy(() -> ModelFiles.open(path).close())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(parts);
  }

  private void assertRefused(GgufWriter writer, String... parts) throws IOException {
    assertRefused(TinyFiles.write(writer, folder), parts);
  }

  private static void assertSameBytes(Tensor found, Tensor expected) {
    assertThat(found.dtype()).isEqualTo(expected.dtype());
    assertThat(found.shape()).isEqualTo(expected.shape());
    assertThat(found.data().mismatch(expected.data())).isEqualTo(-1);
  }

  @Test
  void bothExpertLayoutsGiveEachExpertItsMatrices() throws IOException {
    try (ModelFiles old = ModelFiles.open(TinyFiles.write(TinyFiles.oldMixture(), folder))) {
      assertSameBytes(
          old.tensor(TensorNames.expert(0, 1, "w2")),
          TinyFiles.tensor("blk.0.ffn_down.1.weight", DType.Q4_0, 32, 64));
    }
    Tensor merged = TinyFiles.tensor("blk.0.ffn_down_exps.weight", DType.Q4_0, 2, 32, 64);
    try (ModelFiles model = ModelFiles.open(TinyFiles.write(TinyFiles.mergedMixture(), folder))) {
      for (int e = 0; e < 2; e++) {
        assertSameBytes(model.tensor(TensorNames.expert(0, e, "w2")), merged.part(e, "part"));
      }
      assertThat(model.tensor(TensorNames.gate(0)).hasShape(2, 32)).isTrue();
      assertThat(model.ggufMetadata()).isPresent();
    }
  }

  @Test
  void foreignNamesAreTranslated() throws IOException {
    Path path = TinyFiles.huggingFace(folder, TinyFiles.HF_CONFIG);
    Map<String, Tensor> written = TinyFiles.huggingFaceTensors();
    String layer = "model.layers.0.";
    Map<String, String> names =
        Map.ofEntries(
            Map.entry(TensorNames.TOK_EMBEDDINGS, "model.embed_tokens.weight"),
            Map.entry(TensorNames.NORM, "model.norm.weight"),
            Map.entry(TensorNames.OUTPUT, "lm_head.weight"),
            Map.entry(TensorNames.attentionNorm(0), layer + "input_layernorm.weight"),
            Map.entry(TensorNames.wq(0), layer + "self_attn.q_proj.weight"),
            Map.entry(TensorNames.wk(0), layer + "self_attn.k_proj.weight"),
            Map.entry(TensorNames.wv(0), layer + "self_attn.v_proj.weight"),
            Map.entry(TensorNames.wo(0), layer + "self_attn.o_proj.weight"),
            Map.entry(TensorNames.ffnNorm(0), layer + "post_attention_layernorm.weight"),
            Map.entry(TensorNames.feedForward(0, "w1"), layer + "mlp.gate_proj.weight"),
            Map.entry(TensorNames.feedForward(0, "w2"), layer + "mlp.down_proj.weight"),
            Map.entry(TensorNames.feedForward(0, "w3"), layer + "mlp.up_proj.weight"));
    try (ModelFiles model = ModelFiles.open(path)) {
      names.forEach(
          (ours, theirs) ->
              assertSameBytes(model.tensor(ours), Objects.requireNonNull(written.get(theirs))));
      assertThat(names).hasSameSizeAs(model.sourceTensors());
      assertThat(model.folder()).contains(folder);
      assertThat(model.ggufMetadata()).isEmpty();
      assertThat(model.path()).isEqualTo(folder);
      assertThatThrownBy(() -> model.tensor("layers.1.ffn_norm.weight"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(folder + ": the model has no tensor layers.1.ffn_norm.weight");
    }
  }

  @Test
  void mistralsOwnFoldersOpen() throws IOException {
    try (ModelFiles model = ModelFiles.open(TinyFiles.mistral(folder, TinyFiles.MISTRAL_PARAMS))) {
      ModelConfig config = model.config();
      assertThat(config.architecture()).isEqualTo("mixtral");
      assertThat(config.moe()).contains(new MoeConfig(2, 1));
      assertThat(config.rope())
          .isEqualTo(new RopeConfig(1e6, RopeLayout.INTERLEAVED, new RopeScaling.None()));
      assertThat(config.maxPositions()).isEqualTo(32_768);
      TinyFiles.mistralTensors()
          .values()
          .forEach(written -> assertSameBytes(model.tensor(written.name()), written));
    }
  }

  @Test
  void mistralsThetaDependsOnTheWindowUnlessGiven() throws IOException {
    String windowed =
        TinyFiles.MISTRAL_PARAMS.replaceFirst(
            "\\{", "{\"sliding_window\": 16, \"max_seq_len\": 9, ");
    ModelConfig config = mistral(windowed);
    assertThat(config.slidingWindow()).hasValue(16);
    assertThat(config.rope().theta()).isEqualTo(10_000);
    assertThat(config.maxPositions()).isEqualTo(9);
    assertThat(mistral(windowed.replaceFirst("\\{", "{\"rope_theta\": 5e5, ")).rope().theta())
        .isEqualTo(500_000);
  }

  private ModelConfig mistral(String params) throws IOException {
    return MistralConfig.read(Files.writeString(folder.resolve("params.json"), params));
  }

  @Test
  void mistralModelsThatComputeOtherwiseAreRefused() throws IOException {
    String vision = TinyFiles.MISTRAL_PARAMS.replaceFirst("\\{", "{\"vision_encoder\": {}, ");
    assertRefused(TinyFiles.mistral(folder, vision), "params.json: vision_encoder must be absent");
    assertRefused(
        TinyFiles.mistral(
            folder, TinyFiles.MISTRAL_PARAMS.replace("experts_per_tok\": 1", "x\": 1")),
        "params.json: moe.num_experts_per_tok is missing; an integer is wanted");
  }

  @Test
  void aFolderOfBothKindsIsReadAsTheOneWhoseWeightsItHas() throws IOException {
    TinyFiles.mistral(folder, TinyFiles.MISTRAL_PARAMS);
    Files.writeString(folder.resolve("config.json"), TinyFiles.HF_CONFIG);
    try (ModelFiles model = ModelFiles.open(folder)) {
      assertThat(model.config().architecture()).isEqualTo("mixtral");
    }
    TinyFiles.huggingFace(folder, TinyFiles.HF_CONFIG);
    try (ModelFiles model = ModelFiles.open(folder)) {
      assertThat(model.config().architecture()).isEqualTo("mistral");
    }
  }

  @Test
  void tiedEmbeddingsServeAsOutputEvenIfTheFileHasAnother() throws IOException {
    String tied = TinyFiles.HF_CONFIG.replace("embeddings\": false", "embeddings\": true");
    try (ModelFiles model = ModelFiles.open(TinyFiles.huggingFace(folder, tied))) {
      assertSameBytes(model.tensor(TensorNames.OUTPUT), model.tensor(TensorNames.TOK_EMBEDDINGS));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "token_embd.weight",
        "output_norm.weight",
        "blk.0.attn_norm.weight",
        "blk.0.attn_q.weight",
        "blk.0.attn_k.weight",
        "blk.0.attn_v.weight",
        "blk.0.attn_output.weight",
        "blk.0.ffn_norm.weight",
        "blk.0.ffn_gate_inp.weight"
      })
  void aMissingTensorIsNamed(String name) throws IOException {
    GgufWriter writer = TinyFiles.mergedMixture().uint32("llama.vocab_size", 7).without(name);
    assertRefused(writer, "tiny.gguf: tensor " + name + " [", "] is missing; the model is");
  }

  @Test
  void aMissingExpertIsNamedWithItsShape() throws IOException {
    assertRefused(
        TinyFiles.oldMixture().without("blk.0.ffn_down.1.weight"),
        "tensor blk.0.ffn_down.1.weight [32, 64] is missing");
    assertRefused(
        TinyFiles.mergedMixture().without("blk.0.ffn_up_exps.weight"),
        "tensor blk.0.ffn_up.0.weight [64, 32] is missing");
    assertRefused(
        TinyFiles.dense().uint32("llama.block_count", 2),
        "tensor blk.1.attn_norm.weight [32] is missing");
  }

  @Test
  void aMisshapenTensorIsNamedWithBothShapes() throws IOException {
    assertRefused(
        TinyFiles.dense().tensor(TinyFiles.tensor("blk.0.attn_k.weight", DType.F16, 32, 32)),
        "tensor blk.0.attn_k.weight has shape [32, 32], but the configuration asks for [16, 32]");
    assertRefused(
        TinyFiles.mergedMixture().uint32("llama.expert_count", 4),
        "tensor blk.0.ffn_gate_inp.weight has shape [2, 32], but the configuration asks for [4, 32]");
    assertRefused(
        TinyFiles.dense().uint32("llama.vocab_size", 8),
        "tensor token_embd.weight has shape [7, 32], but the configuration asks for [8, 32]");
  }

  @Test
  void aTensorWithoutAPlaceIsNamed() throws IOException {
    assertRefused(
        TinyFiles.dense().tensor(TinyFiles.tensor("blk.0.attn_q.bias", DType.F32, 32)),
        "tensor blk.0.attn_q.bias F32 [32] has no place in a llama model of 1 layers");
    assertRefused(
        TinyFiles.dense().tensor(TinyFiles.tensor("blk.1.attn_norm.weight", DType.F32, 32)),
        "tensor blk.1.attn_norm.weight");
  }

  @Test
  void aQuantisedNormIsRefused() throws IOException {
    assertRefused(
        TinyFiles.dense().tensor(TinyFiles.tensor("output_norm.weight", DType.Q8_0, 32)),
        "norm output_norm.weight has type Q8_0, but must be F32, F16 or BF16");
  }

  @Test
  void leadingDimensionsOfOneMayBeDropped() throws IOException {
    GgufWriter writer =
        TinyFiles.mergedMixture()
            .uint32("llama.expert_count", 1)
            .tensor(TinyFiles.tensor("blk.0.ffn_gate_inp.weight", DType.F32, 32))
            .tensor(TinyFiles.tensor("blk.0.ffn_gate_exps.weight", DType.Q4_0, 64, 32))
            .tensor(TinyFiles.tensor("blk.0.ffn_down_exps.weight", DType.Q4_0, 32, 64))
            .tensor(TinyFiles.tensor("blk.0.ffn_up_exps.weight", DType.Q4_0, 64, 32));
    try (ModelFiles model = ModelFiles.open(TinyFiles.write(writer, folder))) {
      assertThat(model.tensor(TensorNames.gate(0)).hasShape(1, 32)).isTrue();
      assertThat(model.tensor(TensorNames.expert(0, 0, "w1")).hasShape(64, 32)).isTrue();
    }
  }

  @Test
  void pathsThatHoldNoModelAreExplained() throws IOException {
    assertRefused(folder, folder + ": has neither config.json nor params.json; name a model's");
    assertRefused(folder.resolve("absent"), "absent: no such file; check the path");
    Files.writeString(folder.resolve("config.json"), TinyFiles.HF_CONFIG);
    assertRefused(folder, "has no model.safetensors, nor numbered shards of it; download");
    TinyFiles.huggingFace(folder, TinyFiles.HF_CONFIG);
    assertRefused(
        folder.resolve("model.safetensors"),
        "holds weights without their configuration; name the folder it is in");
  }

  private List<Path> sharded(boolean withIndex) throws IOException {
    Files.writeString(folder.resolve("config.json"), TinyFiles.HF_CONFIG);
    List<Tensor> tensors = new ArrayList<>(TinyFiles.huggingFaceTensors().values());
    List<Path> paths = new ArrayList<>();
    StringBuilder index = new StringBuilder("{\"metadata\": {}, \"weight_map\": {");
    for (int i = 0; i < 3; i++) {
      List<Tensor> part = tensors.subList(i * 4, i * 4 + 4);
      String name = "model-%05d-of-00003.safetensors".formatted(i + 1);
      paths.add(TinyFiles.safetensors(folder.resolve(name), part));
      part.forEach(t -> index.append("\"%s\": \"%s\",".formatted(t.name(), name)));
    }
    index.setLength(index.length() - 1);
    if (withIndex) {
      Files.writeString(indexPath(), index + "}}");
    }
    return paths;
  }

  private Path indexPath() {
    return folder.resolve("model.safetensors.index.json");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void severalSafetensorsFilesOpenAsOne(boolean withIndex) throws IOException {
    List<Path> paths = sharded(withIndex);
    try (ModelFiles model = ModelFiles.open(folder)) {
      assertThat(model.sourceTensors()).hasSize(12);
      model.verifyUnchanged();
    }
    Files.delete(paths.get(1));
    assertRefused(
        folder, paths.get(1) + ": is missing, one of 3 files that hold the weights; put all");
  }

  @Test
  void arraysInTwoFilesAreRefused() throws IOException {
    List<Path> paths = sharded(true);
    Files.copy(paths.get(0), paths.get(1), StandardCopyOption.REPLACE_EXISTING);
    assertRefused(
        folder, paths.get(1) + ": tensor model.embed_tokens.weight is in an earlier file too");
  }

  @Test
  void anIndexThatDoesNotFitIsRefused() throws IOException {
    sharded(true);
    String index = Files.readString(indexPath());
    Files.writeString(indexPath(), index.replace("\"lm_head.weight\"", "\"head\""));
    assertRefused(
        folder, "index.json: weight_map names tensor head, but no file has it; index and weights");
    Files.writeString(indexPath(), index.replaceFirst("model-00001", "../model-00001"));
    assertRefused(
        folder, "weight_map.model.embed_tokens.weight must be the plain name of a .safetensors");
    Files.writeString(indexPath(), index.replaceFirst("\"model-00001-of-00003.safetensors\"", "1"));
    assertRefused(folder, "weight_map.model.embed_tokens.weight must be a string, but is 1");
    Files.writeString(indexPath(), "{}");
    assertRefused(folder, indexPath() + ": weight_map is missing; a JSON object of tensors");
    Files.writeString(indexPath(), "{");
    assertRefused(folder, indexPath() + ": bad JSON");
  }
}
