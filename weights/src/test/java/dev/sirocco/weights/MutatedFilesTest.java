package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Whatever happens to the bytes of a file, it opens as a model or is refused with a {@link
 * ModelFormatException}.
 */
class MutatedFilesTest {

  private static final List<Long> EVIL_NUMBERS =
      List.of(
          0L,
          1L,
          -1L,
          2L,
          3L,
          7L,
          31L,
          32L,
          33L,
          255L,
          256L,
          65_536L,
          (1L << 31) - 1,
          1L << 31,
          1L << 32,
          1L << 60,
          1L << 61,
          Long.MAX_VALUE,
          Long.MIN_VALUE,
          -32L);

  private static final List<String> EVIL_JSON =
      List.of(
          "null",
          "true",
          "0",
          "-1",
          "1.5",
          "1e400",
          "-1e-400",
          "9999999999",
          "16777216",
          "\"x\"",
          "[]",
          "{}",
          "[1,2]",
          "\"\\u0000\"",
          "3",
          "7",
          "[[[[]]]]",
          "{\"type\":\"yarn\"}",
          "\"../../x.safetensors\"",
          "99999999999999999999999999999999");

  /** One change of a file: what to do, where (as a fraction of the length), and with what. */
  record Mutation(int kind, double where, long value) {

    byte[] apply(byte[] bytes) {
      int at = (int) (where * bytes.length);
      byte[] changed = bytes.clone();
      switch (kind) {
        case 0 -> changed = Arrays.copyOf(bytes, at);
        case 1 -> putLittleEndian(changed, at, 1);
        case 2 -> putLittleEndian(changed, at, 4);
        case 3 -> putLittleEndian(changed, at, 8);
        case 4 -> changed = cut(bytes, at, (int) Math.floorMod(value, 64L));
        default -> changed[Math.min(at, bytes.length - 1)] ^= (byte) (1 << Math.floorMod(value, 8));
      }
      return changed.length == 0 ? new byte[1] : changed;
    }

    private void putLittleEndian(byte[] bytes, int at, int width) {
      for (int i = 0; i < width && at + i < bytes.length; i++) {
        bytes[at + i] = (byte) (value >> (8 * i));
      }
    }

    private static byte[] cut(byte[] bytes, int at, int length) {
      int end = Math.min(bytes.length, at + length);
      byte[] shorter = new byte[bytes.length - (end - at)];
      System.arraycopy(bytes, 0, shorter, 0, at);
      System.arraycopy(bytes, end, shorter, at, bytes.length - end);
      return shorter;
    }
  }

  private static Path folder = Path.of("");
  private static byte[] merged = {};
  private static byte[] old = {};
  private static byte[] safetensors = {};

  @BeforeContainer
  static void writeModels() throws IOException {
    folder = Files.createTempDirectory("mutated");
    merged = Files.readAllBytes(TinyFiles.write(TinyFiles.mergedMixture(), folder));
    old = Files.readAllBytes(TinyFiles.write(TinyFiles.oldMixture(), folder));
    TinyFiles.huggingFace(
        Files.createDirectory(folder.resolve("huggingface")), TinyFiles.HF_CONFIG);
    TinyFiles.mistral(Files.createDirectory(folder.resolve("mistral")), TinyFiles.MISTRAL_PARAMS);
    safetensors = Files.readAllBytes(folder.resolve("mistral/consolidated.safetensors"));
  }

  @AfterContainer
  static void deleteModels() throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Most of them hit the header, which is small beside the tensor data. */
  @Provide
  Arbitrary<List<Mutation>> mutations() {
    Arbitrary<Double> where =
        Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.doubles().between(0, 0.25)),
            Tuple.of(1, Arbitraries.doubles().between(0, 1)));
    Arbitrary<Long> value = Arbitraries.oneOf(Arbitraries.of(EVIL_NUMBERS), Arbitraries.longs());
    return Combinators.combine(Arbitraries.integers().between(0, 5), where, value)
        .as(Mutation::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }

  private static byte[] mutate(byte[] bytes, List<Mutation> mutations) {
    byte[] changed = bytes;
    for (Mutation mutation : mutations) {
      changed = mutation.apply(changed);
    }
    return changed;
  }

  private static void assertOpensOrIsRefused(Callable<ModelFiles> opening) throws Exception {
    try (ModelFiles model = opening.call()) {
      for (Tensor tensor : model.sourceTensors().values()) {
        assertThat(tensor.data().byteSize()).isPositive();
      }
      model
          .ggufMetadata()
          .ifPresent(m -> m.keys().forEach(key -> assertThat(m.describe(key)).isNotNull()));
      assertThat(ParameterAccount.of(model.config()).total()).isPositive();
    } catch (ModelFormatException refused) {
      assertThat(refused).hasMessageContaining(folder.toString());
    }
  }

  @Property(tries = 1500)
  void mutatedGgufFiles(@ForAll("mutations") List<Mutation> mutations, @ForAll boolean oldLayout)
      throws Exception {
    Path path = folder.resolve("m.gguf");
    Files.write(path, mutate(oldLayout ? old : merged, mutations));
    assertOpensOrIsRefused(() -> ModelFiles.open(path));
  }

  @Property(tries = 400)
  void mutatedSafetensorsFiles(@ForAll("mutations") List<Mutation> mutations) throws Exception {
    Path model = folder.resolve("mistral");
    Files.writeString(model.resolve("params.json"), TinyFiles.MISTRAL_PARAMS);
    Path weights = model.resolve("consolidated.safetensors");
    Files.write(weights, mutate(safetensors, mutations));
    assertOpensOrIsRefused(() -> ModelFiles.open(model));
    Files.write(weights, safetensors);
  }

  @Property(tries = 400)
  void mutatedConfigurationBytes(@ForAll("mutations") List<Mutation> mutations) throws Exception {
    Path model = folder.resolve("huggingface");
    byte[] config = TinyFiles.HF_CONFIG.getBytes(StandardCharsets.UTF_8);
    Files.write(model.resolve("config.json"), mutate(config, mutations));
    assertOpensOrIsRefused(() -> ModelFiles.open(model));
  }

  @Provide
  Arbitrary<String> evilJson() {
    return Arbitraries.of(EVIL_JSON);
  }

  /** Replaces the value of the n-th field. */
  private static String replaceValue(String json, int n, String value) {
    String[] parts = json.split("(?<=\": )", -1);
    int at = 1 + n % (parts.length - 1);
    parts[at] = parts[at].replaceFirst("^[^,}\\s]+", Matcher.quoteReplacement(value));
    return String.join("", parts);
  }

  @Property(tries = 400)
  void evilValuesInConfigurations(
      @ForAll("evilJson") String value, @ForAll("evilJson") String other, @ForAll byte n)
      throws Exception {
    int field = n & 0x7f;
    Path hf = folder.resolve("huggingface");
    String config =
        TinyFiles.HF_CONFIG.replaceFirst(
            "\\{", "{\"rope_parameters\": null, \"num_local_experts\": 2, ");
    Files.writeString(
        hf.resolve("config.json"),
        replaceValue(replaceValue(config, field, value), field / 7, other));
    assertOpensOrIsRefused(() -> ModelFiles.open(hf));
    Path mistral = folder.resolve("mistral");
    Files.writeString(
        mistral.resolve("params.json"), replaceValue(TinyFiles.MISTRAL_PARAMS, field, value));
    assertOpensOrIsRefused(() -> ModelFiles.open(mistral));
  }

  @Property(tries = 500)
  void evilNumbersInGgufMetadata(@ForAll int key, @ForAll int value, @ForAll boolean asFloat)
      throws Exception {
    List<String> keys =
        List.of(
            "llama.block_count",
            "llama.context_length",
            "llama.embedding_length",
            "llama.feed_forward_length",
            "llama.attention.head_count",
            "llama.attention.head_count_kv",
            "llama.attention.layer_norm_rms_epsilon",
            "llama.expert_count",
            "llama.expert_used_count",
            "llama.vocab_size",
            "llama.attention.key_length",
            "llama.attention.sliding_window",
            "split.count",
            "llama.rope.freq_base",
            "llama.rope.scaling.factor",
            "general.alignment");
    String chosen = keys.get(Math.floorMod(key, keys.size()));
    GgufWriter writer = TinyFiles.mergedMixture();
    if (asFloat) {
      writer.float32(chosen, Float.intBitsToFloat(value));
    } else {
      writer.uint32(chosen, value);
    }
    assertOpensOrIsRefused(() -> ModelFiles.open(write(writer)));
  }

  private static Path write(GgufWriter writer) {
    try {
      return TinyFiles.write(writer, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
