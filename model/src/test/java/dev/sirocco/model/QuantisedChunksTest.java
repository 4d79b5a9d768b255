package dev.sirocco.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.kernels.Activations;
import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.testkit.Shared;
import dev.sirocco.weights.ModelFiles;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Block formats have paths of their own for one token and for many; both give the same bits. */
class QuantisedChunksTest {

  private static final int[] TOKENS = new Random(1).ints(37, 3, 4096).toArray();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Q8_0", "Q6_K", "Q5_K_S", "Q5_0", "Q4_K_S", "IQ4_NL", "IQ4_XS", "Q4_0", "Q3_K_S", "Q2_K"
      })
  void tokenByTokenEqualsOnePrefillBitForBit(String type) {
    assertSameInEveryChunk(type, Activations.INT16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_0", "Q4_K_S"})
  void tokenByTokenEqualsOnePrefillBitForBitWhereActivationsAreRounded(String type) {
    assertSameInEveryChunk(type, Activations.INT8);
  }

  private static void assertSameInEveryChunk(String type, Activations activations) {
    KernelOptions options = new KernelOptions(1, activations);
    try (ModelFiles files = ModelFiles.open(Shared.path("models/sirocco-tiny-" + type + ".gguf"));
        Kernels kernels = KernelSelection.pick(KernelSelection.Choice.VECTOR, options).kernels();
        Transformer model =
            new Transformer(files.config(), files, kernels, DType.F16, TOKENS.length)) {
      float[][] whole = logits(model, TOKENS.length);

      assertThat(logits(model, 1)).isEqualTo(whole);
      assertThat(logits(model, 5)).isEqualTo(whole);
    }
  }

  private static float[][] logits(Transformer model, int chunk) {
    try (KvCache cache = model.newCache(TOKENS.length)) {
      return Runs.logits(model, cache, TOKENS, chunk);
    }
  }
}
