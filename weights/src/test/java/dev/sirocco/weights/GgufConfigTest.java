package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import dev.sirocco.tensor.RopeLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufConfigTest {

  @TempDir Path folder;

  private ModelConfig read(GgufWriter writer) throws IOException {
    try (GgufFile file = GgufFile.open(TinyFiles.write(writer, folder))) {
      return GgufConfig.read(file);
    }
  }

  private void assertRefused(GgufWriter writer, String... parts) {
    assertThatThrownBy(() -> read(writer))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(folder.resolve("tiny.gguf") + ": ")
        .hasMessageContainingAll(parts);
  }

  private RopeScaling scaling(GgufWriter writer) throws IOException {
    return read(writer).rope().scaling();
  }

  @Test
  void aDenseModelIsRead() throws IOException {
    assertThat(read(TinyFiles.dense()))
        .isEqualTo(
            new ModelConfig(
                "llama",
                32,
                1,
                64,
                2,
                1,
                16,
                7,
                128,
                1e-5f,
                new RopeConfig(10_000, RopeLayout.INTERLEAVED, new RopeScaling.None()),
                OptionalInt.empty(),
                Optional.empty(),
                false));
  }

  @Test
  void optionalKeysAreRead() throws IOException {
    ModelConfig config =
        read(
            TinyFiles.mergedMixture()
                .uint32("llama.attention.sliding_window", 16)
                .uint32("llama.attention.key_length", 24)
                .uint32("llama.attention.value_length", 24)
                .uint32("llama.rope.dimension_count", 24)
                .uint32("llama.vocab_size", 9)
                .float32("llama.rope.freq_base", 1e6f)
                .without("output.weight")
                .without("llama.attention.head_count_kv"));
    assertThat(config.slidingWindow()).hasValue(16);
    assertThat(config.headDim()).isEqualTo(24);
    assertThat(config.vocabSize()).isEqualTo(9);
    assertThat(config.rope().theta()).isEqualTo(1e6);
    assertThat(config.moe()).contains(new MoeConfig(2, 1));
    assertThat(config.tiedEmbeddings()).isTrue();
    assertThat(config.nKvHeads()).isEqualTo(2);
  }

  @Test
  void aWindowOfZeroIsNone() throws IOException {
    assertThat(read(TinyFiles.dense().uint32("llama.attention.sliding_window", 0)).slidingWindow())
        .isEmpty();
  }

  @Test
  void rotaryScalingIsRead() throws IOException {
    String prefix = "llama.rope.scaling.";
    GgufWriter linear = TinyFiles.dense().float32(prefix + "factor", 4);
    assertThat(scaling(linear)).isEqualTo(new RopeScaling.Linear(4));
    assertThat(scaling(linear.string(prefix + "type", "linear")))
        .isEqualTo(new RopeScaling.Linear(4));
    assertThat(scaling(linear.string(prefix + "type", "none"))).isEqualTo(new RopeScaling.None());
    assertThat(scaling(TinyFiles.dense().float32("llama.rope.scale_linear", 2)))
        .isEqualTo(new RopeScaling.Linear(2));
    assertThat(scaling(TinyFiles.dense().string(prefix + "type", "none")))
        .isEqualTo(new RopeScaling.None());

    GgufWriter yarn =
        TinyFiles.dense().string(prefix + "type", "yarn").float32(prefix + "factor", 8);
    assertThat(scaling(yarn)).isEqualTo(new RopeScaling.Yarn(8, 128, 32, 1, 0.1 * Math.log(8) + 1));
    yarn.uint32(prefix + "original_context_length", 64)
        .float32(prefix + "attn_factor", 0.5f)
        .float32(prefix + "yarn_beta_fast", 16)
        .float32(prefix + "yarn_beta_slow", 2);
    assertThat(scaling(yarn))
        .isInstanceOfSatisfying(
            RopeScaling.Yarn.class,
            y -> {
              assertThat(y.originalMaxPositions()).isEqualTo(64);
              assertThat(y.betaFast()).isEqualTo(16);
              assertThat(y.betaSlow()).isEqualTo(2);
              assertThat(y.attentionFactor()).isCloseTo(0.603_972, within(1e-6));
            });
  }

  private static Tensor divisors(float... values) {
    MemorySegment data = Arena.ofAuto().allocate(4L * values.length);
    for (int i = 0; i < values.length; i++) {
      data.set(ValueLayout.JAVA_FLOAT, 4L * i, values[i]);
    }
    return new Tensor("rope_freqs.weight", DType.F32, List.of((long) values.length), data);
  }

  @Test
  void divisorsOfRotaryFrequenciesAreRead() throws IOException {
    GgufWriter writer = TinyFiles.dense().tensor(divisors(1, 1, 1, 1.5f, 2, 8, 8, 8));
    assertThat(scaling(writer))
        .isEqualTo(new RopeScaling.Divided(List.of(1.0, 1.0, 1.0, 1.5, 2.0, 8.0, 8.0, 8.0)));
    try (ModelFiles opened = ModelFiles.open(TinyFiles.write(writer, folder))) {
      assertThat(opened.sourceTensors()).containsKey("rope_freqs.weight");
    }
    assertRefused(
        TinyFiles.dense().tensor(divisors(1, 2)),
        "tensor rope_freqs.weight is F32 [2], but must be F32 [8], a number for each pair of a head");
    assertRefused(
        TinyFiles.dense().tensor(divisors(1, 1, 1, 1, 1, 1, 1, 0)),
        "rope frequency divisor must be above 0 and finite, but is 0.0");
    assertRefused(
        writer
            .string("llama.rope.scaling.type", "linear")
            .float32("llama.rope.scaling.factor", 2),
        "llama.rope.scaling.type and tensor rope_freqs.weight both stretch rotary frequencies");
  }

  @Test
  void otherRotaryScalingIsRefused() {
    GgufWriter writer = TinyFiles.dense().string("llama.rope.scaling.type", "longrope");
    assertRefused(
        writer,
        "llama.rope.scaling.type is \"longrope\", but Sirocco computes none, linear and yarn");
    assertRefused(
        writer.string("llama.rope.scaling.type", "yarn"),
        "metadata key llama.rope.scaling.factor is missing; a number is wanted");
    assertRefused(
        writer.float32("llama.rope.scaling.factor", Float.NaN),
        "llama.rope.scaling.factor must be a finite number, but is NaN");
    assertRefused(
        writer.float32("llama.rope.scaling.factor", -1),
        "rope scaling factor must be above 0 and finite, but is -1.0");
    assertRefused(
        TinyFiles.dense().tensor(TinyFiles.tensor("rope_freqs.weight", DType.F32, 8)),
        "tensor rope_freqs.weight stretches rotary frequencies as Llama 3.1 does");
  }

  @Test
  void otherArchitecturesAreRefused() {
    assertRefused(
        TinyFiles.dense().string("general.architecture", "qwen2"),
        "general.architecture is \"qwen2\", but Sirocco runs \"llama\"",
        "use a file of that architecture");
    assertRefused(
        TinyFiles.dense().without("general.architecture"),
        "metadata key general.architecture is missing; a STRING is wanted");
    assertRefused(
        TinyFiles.dense().bool("llama.attention.causal", false), "llama.attention.causal is false");
    assertRefused(TinyFiles.metadata(), "has no tensors: it is a vocabulary only");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama.block_count",
        "llama.context_length",
        "llama.embedding_length",
        "llama.feed_forward_length",
        "llama.attention.head_count",
        "llama.attention.layer_norm_rms_epsilon"
      })
  void everyMissingKeyIsNamed(String key) {
    assertRefused(TinyFiles.dense().without(key), "metadata key " + key + " is missing; a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama.block_count|0|must be an integer from 1 to 16777216, but is 0",
        "llama.embedding_length|-1|must be an integer from 1 to 16777216, but is 4294967295",
        "llama.embedding_length|33|the embedding length 33 does not divide among 2 attention",
        "llama.attention.head_count_kv|3|2 attention heads cannot share 3 key/value heads evenly",
        "llama.attention.key_length|15|head dimension must be even",
        "llama.attention.value_length|8|llama.attention.value_length is 8, but must be the head",
        "llama.rope.dimension_count|8|llama.rope.dimension_count is 8, but must be the head",
        "llama.attention.sliding_window|16777217|must be an integer from 1 to 16777216",
        "llama.expert_count|2000|experts must be 1 to 1024, but are 2000",
        "llama.expert_used_count|3|experts per token must be 1 to 2 (the experts of a layer), but",
        "llama.expert_used_count|0|llama.expert_used_count must be an integer from 1",
        "llama.vocab_size|0|llama.vocab_size must be an integer from 1",
        "general.architecture|1|must be a STRING, but is UINT32"
      })
  void wrongValuesAreNamed(String key, int value, String message) {
    assertRefused(TinyFiles.mergedMixture().uint32(key, value), message);
  }

  @Test
  void wrongTypesAreNamed() {
    assertRefused(
        TinyFiles.dense().string("llama.block_count", "1"),
        "metadata key llama.block_count must be an integer, but is STRING");
    assertRefused(
        TinyFiles.dense().int32s("llama.attention.head_count_kv", 1, 1),
        "metadata key llama.attention.head_count_kv must be an integer, but is an array of INT32");
    assertRefused(
        TinyFiles.dense().strings("llama.rope.freq_base", List.of()),
        "metadata key llama.rope.freq_base must be a number, but is an array of STRING");
  }
}
