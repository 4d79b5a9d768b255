package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class CandidatesProperties {

  @Property(tries = 300)
  void candidatesAreTheMostLikelyInOrder(
      @ForAll @Size(min = 1, max = 60) List<@FloatRange(min = -50, max = 50) Float> list,
      @ForAll @IntRange(min = 0, max = 70) int topK) {
    float[] logits = array(list);
    GenerationOptions options =
        GenerationOptions.builder().temperature(1).topK(topK).topP(1).build();
    int[] sorted =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.<Integer>comparingDouble(id -> 0.0 - logits[id]))
            .mapToInt(Integer::intValue)
            .toArray();

    int kept = topK == 0 ? logits.length : Math.min(topK, logits.length);
    assertThat(Candidates.of(logits, options).ids()).isEqualTo(Arrays.copyOf(sorted, kept));
  }

  @Property(tries = 300)
  void everyCutKeepsAtLeastTheMostLikely(
      @ForAll @Size(min = 1, max = 60) List<@FloatRange(min = -1e30f, max = 1e30f) Float> list,
      @ForAll @IntRange(min = 1, max = 1000) int topPInThousandths,
      @ForAll @IntRange(min = 0, max = 1000) int minPInThousandths,
      @ForAll @IntRange(min = 1, max = 100_000) int temperatureInThousandths) {
    float[] logits = array(list);
    GenerationOptions options =
        GenerationOptions.builder()
            .temperature(temperatureInThousandths / 1000.0)
            .topP(topPInThousandths / 1000.0)
            .minP(minPInThousandths / 1000.0)
            .build();

    assertThat(Candidates.of(logits, options).ids()).startsWith(Sampler.greedy(logits));
  }

  private static float[] array(List<Float> list) {
    float[] array = new float[list.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = list.get(i);
    }
    return array;
  }
}
