package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.RopeLayout;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ParameterAccountTest {

  private static ModelConfig sevenB(OptionalInt window, Optional<MoeConfig> moe) {
    return new ModelConfig(
        "llama",
        4096,
        32,
        14336,
        32,
        8,
        128,
        32000,
        32768,
        1e-5f,
        new RopeConfig(1e6, RopeLayout.INTERLEAVED, new RopeScaling.None()),
        window,
        moe,
        false);
  }

  private static final ModelConfig MISTRAL = sevenB(OptionalInt.of(4096), Optional.empty());
  private static final ModelConfig MIXTRAL =
      sevenB(OptionalInt.empty(), Optional.of(new MoeConfig(8, 2)));

  @Test
  void mixtral8x7BHasThePublishedCounts() {
    ParameterAccount account = ParameterAccount.of(MIXTRAL);
    assertThat(account.total()).isEqualTo(46_702_792_704L);
    assertThat(account.attention()).isEqualTo(1_342_177_280L);
    assertThat(account.experts()).isEqualTo(45_097_156_608L);
    assertThat(account.feedForward()).isZero();
    assertThat(account.router()).isEqualTo(1_048_576);
    assertThat(account.embeddings()).isEqualTo(262_144_000);
    assertThat(account.activePerToken()).isEqualTo(12_879_925_248L);
    assertThat(account.ffnRatio()).isEqualTo(3.5);
  }

  @Test
  void mistral7BHasThePublishedCounts() {
    ParameterAccount account = ParameterAccount.of(MISTRAL);
    assertThat(account.total()).isEqualTo(7_241_732_096L);
    assertThat(account.activePerToken()).isEqualTo(account.total());
    assertThat(account.feedForward()).isEqualTo(5_637_144_576L);
    assertThat(account.experts()).isZero();
    assertThat(account.router()).isZero();
  }

  @Test
  void everyParameterOfARealFileIsCounted() {
    for (String name : new String[] {"stories260K.gguf", "sirocco-tiny-Q8_0.gguf"}) {
      try (ModelFiles model = ModelFiles.open(Shared.path("models/" + name))) {
        long elements = model.sourceTensors().values().stream().mapToLong(t -> t.elements()).sum();
        assertThat(ParameterAccount.of(model.config()).total()).isEqualTo(elements);
      }
    }
  }

  @Test
  void tiedEmbeddingsAreCountedOnce() {
    try (ModelFiles model = ModelFiles.open(Shared.path("golden/llama-tied"))) {
      assertThat(ParameterAccount.of(model.config()).embeddings()).isEqualTo(512 * 64);
    }
  }

  @Test
  void theWindowBoundsTheCache() {
    // 2 x 32 layers x 1024 elements x 2 bytes = 128 KiB a position
    assertThat(ParameterAccount.kvCacheBytes(MISTRAL, 32_768, 2, false)).isEqualTo(4L << 30);
    assertThat(ParameterAccount.kvCacheBytes(MISTRAL, 32_768, 2, true)).isEqualTo(1L << 29);
    assertThat(ParameterAccount.kvCacheBytes(MISTRAL, 100, 2, true)).isEqualTo(100L << 17);
    assertThat(ParameterAccount.kvCacheBytes(MIXTRAL, 32_768, 4, true)).isEqualTo(8L << 30);
  }
}
