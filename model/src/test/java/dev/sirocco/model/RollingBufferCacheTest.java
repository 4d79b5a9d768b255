package dev.sirocco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.kernels.KvRows;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RollingBufferCacheTest {

  private static final ModelConfig CONFIG = TinyModels.dense(OptionalInt.of(4));

  @Test
  void aWindowOf4096NeedsAnEighthOfTheFullCacheAt32768Tokens() {
    try (KvCache full = new FullKvCache(CONFIG, DType.F16, 32_768);
        KvCache rolling = new RollingBufferCache(CONFIG, DType.F16, 32_768, 4_096)) {
      fill(full, 32_768, 1024);
      fill(rolling, 32_768, 1024);

      // 3 layers, keys and values, 2 heads of 16 elements of 2 bytes
      assertThat(full.bytes()).isEqualTo(32_768L * 3 * 2 * 2 * 16 * 2);
      assertThat(rolling.bytes()).isEqualTo(4_096L * 3 * 2 * 2 * 16 * 2);
      assertThat(rolling.length()).isEqualTo(32_768);
    }
  }

  @Test
  void memoryGrowsWithTheSequence() {
    try (KvCache cache = new FullKvCache(CONFIG, DType.F16, 32_768)) {
      fill(cache, 300, 100);

      assertThat(cache.bytes()).isLessThanOrEqualTo(600L * 3 * 2 * 2 * 16 * 2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 9})
  void positionLiesInSlotPositionModWindow(int chunk) {
    try (KvCache cache = new RollingBufferCache(CONFIG, DType.F32, 100, 4)) {
      fill(cache, 18, chunk);

      // positions 14, 15, 16, 17 are left
      assertThat(cache.keys(1).rows()).isEqualTo(4);
      for (int position = 14; position < 18; position++) {
        int slot = cache.layout().slot(position);
        assertThat(slot).isEqualTo(position % 4);
        assertThat(firstElement(cache.keys(1), slot)).isEqualTo(position);
        assertThat(firstElement(cache.values(1), slot)).isEqualTo(-position);
      }
    }
  }

  @Test
  void runsEndAtTheLastSlot() {
    try (KvCache cache = new RollingBufferCache(CONFIG, DType.F32, 100, 4)) {
      assertThat(cache.layout().run(5)).isEqualTo(3);
      assertThat(cache.layout().run(8)).isEqualTo(4);
    }
  }

  @Test
  void rewindsOnlyAsFarAsNothingIsOverwritten() {
    try (KvCache cache = new RollingBufferCache(CONFIG, DType.F32, 100, 4)) {
      fill(cache, 4, 4);
      assertThat(cache.rewind(2)).isEqualTo(2);
      fill(cache, 4, 1);
      assertThat(cache.length()).isEqualTo(6);
      assertThat(cache.rewind(5)).isEqualTo(5);
      assertThat(cache.rewind(3)).isEqualTo(0);
    }
  }

  @Test
  void aSequenceLongerThanTheContextIsRefused() {
    try (KvCache cache = new FullKvCache(CONFIG, DType.F32, 8)) {
      fill(cache, 6, 6);

      assertThatThrownBy(() -> cache.reserve(3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("3 more tokens after 6 exceed the context of 8");
    }
  }

  /** Appends {@code count} positions; keys hold the position, values its negative. */
  private static void fill(KvCache cache, int count, int chunk) {
    DType dtype = cache.keys(0).dtype();
    for (int done = 0; done < count; ) {
      int n = Math.min(chunk, count - done);
      cache.reserve(n);
      try (Arena arena = Arena.ofConfined()) {
        KvRows keys = rows(arena, dtype, n, cache.length(), 1);
        KvRows values = rows(arena, dtype, n, cache.length(), -1);
        for (int layer = 0; layer < CONFIG.nLayers(); layer++) {
          cache.append(layer, keys, values, 0, n);
        }
      }
      cache.advance(n);
      done += n;
    }
  }

  private static KvRows rows(Arena arena, DType dtype, int n, int position, int sign) {
    KvRows rows = KvRows.allocate(arena, dtype, n, CONFIG.kvDim());
    if (dtype == DType.F32) {
      FloatMatrix floats = new FloatMatrix(rows.data(), n, CONFIG.kvDim());
      for (int i = 0; i < n; i++) {
        floats.set(i, 0, sign * (position + i));
      }
    }
    return rows;
  }

  private static float firstElement(KvRows rows, int row) {
    return rows.data().get(ValueLayout.JAVA_FLOAT, row * rows.rowBytes());
  }
}
