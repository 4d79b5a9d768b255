package dev.sirocco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sirocco.kernels.Activations;
import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PagedCacheTest {

  private static final ModelConfig CONFIG = TinyModels.dense(OptionalInt.empty());
  private static final int[] TOKENS = new Random(5).ints(150, 0, CONFIG.vocabSize()).toArray();

  /** Neighbours, neighbours in part, and blocks in reverse order. */
  @ParameterizedTest
  @CsvSource({
    "scalar, 0 1 2 3 4 5 6 7 8 9, 16, 40",
    "scalar, 9 2 3 4 11 7 6 5 0 1, 16, 7",
    "vector, 9 2 3 4 11 7 6 5 0 1, 16, 150",
    "vector, 9 2 3 4 11, 32, 33",
    "native, 9 2 3 4 11 7 6 5 0 1, 16, 40",
    "native, 11 9 7 5 3 1 0 2 4 6, 16, 1",
    "native, 9 2 3 4 11, 32, 33"
  })
  void logitsAreThoseOfAFullCacheBitForBitWhereverTheBlocksLie(
      String kernelsName, String table, int blockTokens, int chunk) {
    assumeThat(!kernelsName.equals("native") || KernelSelection.nativeProblem().isEmpty()).isTrue();
    try (Kernels kernels =
            KernelSelection.pick(
                    KernelSelection.Choice.of(kernelsName), new KernelOptions(2, Activations.INT8))
                .kernels();
        Transformer model =
            new Transformer(CONFIG, TinyModels.weights(CONFIG, 3), kernels, DType.F16, 150);
        KvPool pool = model.newPool(12, blockTokens);
        KvCache full = model.newCache(150)) {
      PagedCache paged = new PagedCache(pool, 150);
      for (String block : table.split(" ", -1)) {
        paged.addBlock(Integer.parseInt(block));
      }

      assertThat(Runs.logits(model, paged, TOKENS, chunk))
          .isDeepEqualTo(Runs.logits(model, full, TOKENS, chunk));
    }
  }

  @Test
  void neighbouringBlocksAreOneRun() {
    try (KvPool pool = new KvPool(CONFIG, DType.F16, 12, 16)) {
      PagedCache cache = new PagedCache(pool, 150);
      cache.addBlock(7);
      cache.addBlock(8);
      cache.addBlock(3);

      assertThat(cache.layout().slot(0)).isEqualTo(112);
      assertThat(cache.layout().run(5)).isEqualTo(27);
      assertThat(cache.layout().slot(32)).isEqualTo(48);
      assertThat(cache.layout().run(32)).isEqualTo(16);
      assertThat(cache.bytes()).isEqualTo(3 * KvPool.blockBytes(CONFIG, DType.F16, 16));
      assertThat(cache.takeBlock(1)).isEqualTo(8);
      assertThat(cache.block(1)).isEqualTo(PagedCache.NO_BLOCK);
    }
  }

  @Test
  void roomThatNoBlockGivesIsRefused() {
    try (KvPool pool = new KvPool(CONFIG, DType.F16, 12, 16)) {
      PagedCache cache = new PagedCache(pool, 150);
      cache.addBlock(0);

      assertThatThrownBy(() -> cache.reserve(17))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "17 more tokens after 0 do not fit 1 blocks of 16; give the cache blocks first");
      assertThatThrownBy(() -> cache.reserve(151))
          .hasMessageContaining("exceed the context of 150");
      assertThatThrownBy(() -> cache.startAt(17)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new KvPool(CONFIG, DType.F16, 0, 16))
        .hasMessageContaining("a pool of 0 blocks of 16 tokens cannot be made");
  }
}
