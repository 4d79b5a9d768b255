package dev.sirocco.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.kernels.KernelSelection.Choice;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.kernels.ScalarKernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModelFiles.ExpertLayout;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFiles;
import dev.sirocco.weights.ModelWeights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One model gives one result, whatever layout its file has. */
class FileLayoutTest {

  private static final int[] TOKENS = {1, 260, 17, 291, 264, 2, 99, 270};

  @TempDir Path folder;

  @Test
  void aMixtureReadsTheSameFromBothGgufLayoutsFromShardsAndFromAFolder() throws IOException {
    ModelWeights weights = TinyModels.weights(TinyModels.mixture(), 1);
    float[][] expected = logits(weights);

    Path merged =
        TinyModelFiles.writeGguf(folder.resolve("merged.gguf"), weights, ExpertLayout.MERGED);
    Path oneEach =
        TinyModelFiles.writeGguf(folder.resolve("one-each.gguf"), weights, ExpertLayout.ONE_EACH);
    Path lastShard =
        TinyModelFiles.gguf(weights, ExpertLayout.MERGED).writeShards(folder, "split", 3).getLast();

    assertThat(logits(merged)).isEqualTo(expected);
    assertThat(logits(oneEach)).isEqualTo(expected);
    assertThat(logits(lastShard)).isEqualTo(expected);
    assertThat(
            Differences.relative(
                logits(TinyModelFiles.writeHuggingFace(folder.resolve("hf"), weights)), expected))
        .isLessThanOrEqualTo(1e-6);
  }

  @Test
  void aDenseModelWithAWindowReadsTheSameFromGgufAndFromAFolder() {
    ModelWeights weights = TinyModels.weights(TinyModels.dense(OptionalInt.of(4)), 1);
    float[][] expected = logits(weights);

    assertThat(
            logits(
                TinyModelFiles.writeGguf(
                    folder.resolve("dense.gguf"), weights, ExpertLayout.MERGED)))
        .isEqualTo(expected);
    assertThat(
            Differences.relative(
                logits(TinyModelFiles.writeHuggingFace(folder.resolve("hf"), weights)), expected))
        .isLessThanOrEqualTo(1e-6);
  }

  @Test
  void tensorsAtOddAddressesInAFileGiveTheSameResultWithAllKernels() throws IOException {
    ModelWeights weights = TinyModels.weights(TinyModels.mixture(), 1, DType.F16);
    Path folder = TinyModelFiles.writeHuggingFace(this.folder.resolve("odd"), weights);
    float[][] expected = logits(folder);
    Path file = folder.resolve("model.safetensors");
    moveTensorsByOneByte(file);

    assertThat(logits(folder)).isEqualTo(expected);
    for (Choice choice : List.of(Choice.VECTOR, Choice.AUTO)) {
      try (ModelFiles files = ModelFiles.open(folder);
          Kernels kernels = KernelSelection.pick(choice, new KernelOptions(2)).kernels()) {
        assertThat(Differences.relative(logits(files, kernels), expected)).isLessThan(1e-4);
      }
    }
  }

  /** Adds a space to the header of a safetensors file, behind which the tensors lie. */
  private static void moveTensorsByOneByte(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    ByteBuffer in = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int header = Math.toIntExact(in.getLong(0));
    int padded = (header + 7) / 8 * 8 + 1;
    ByteBuffer out = ByteBuffer.allocate(content.length + padded - header);
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(content, 8, header);
    while (out.position() < 8 + padded) {
      out.put((byte) ' ');
    }
    out.put(content, 8 + header, content.length - 8 - header);
    Files.write(file, out.array());
  }

  private static float[][] logits(Path path) {
    try (ModelFiles files = ModelFiles.open(path)) {
      return logits(files);
    }
  }

  private static float[][] logits(ModelWeights weights) {
    try (Kernels kernels = new ScalarKernels(new KernelOptions(1))) {
      return logits(weights, kernels);
    }
  }

  private static float[][] logits(ModelWeights weights, Kernels kernels) {
    ModelConfig config = weights.config();
    try (Transformer model = new Transformer(config, weights, kernels, DType.F32, TOKENS.length);
        KvCache cache = model.newCache(TOKENS.length)) {
      return Runs.logits(model, cache, TOKENS, TOKENS.length);
    }
  }
}
