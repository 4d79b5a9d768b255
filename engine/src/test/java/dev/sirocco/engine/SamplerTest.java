package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SamplerTest {

  @Test
  void greedyTakesTheHighestAndOfEqualOnesTheLowestId() {
    assertThat(choose(greedy(), 1, 5, 3, 5)).isEqualTo(1);
    assertThat(choose(greedy(), -0f, 0f)).isEqualTo(0);
  }

  @Test
  void biasComesBeforeEverythingElse() {
    assertThat(choose(greedy().logitBias(2, 10), 1, 5, 3)).isEqualTo(2);
    assertThat(choose(greedy().logitBias(1, Double.NEGATIVE_INFINITY), 1, 5, 3)).isEqualTo(2);
  }

  @Test
  void forbiddingEveryTokenIsAnError() {
    GenerationOptions.Builder options =
        GenerationOptions.builder()
            .logitBias(0, Double.NEGATIVE_INFINITY)
            .logitBias(1, Double.NEGATIVE_INFINITY);

    assertThatThrownBy(() -> choose(options, 1, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("logit-bias forbids every token; allow at least one");
  }

  @Test
  void endTokensAreNeverChosenWhenTheyAreToBeIgnored() {
    Sampler sampler = new Sampler(greedy().ignoreEos(true).build(), 1, Set.of(1));

    assertThat(sampler.choose(new float[] {1, 5, 3})).isEqualTo(2);
  }

  @Test
  void repeatPenaltyDividesPositiveAndMultipliesNegativeLogitsOfPromptAndAnswer() {
    Sampler sampler = sampler(greedy().repeatPenalty(2));
    sampler.observePrompt(0);
    sampler.observeAnswer(1);
    float[] logits = {8, -1, 3};

    assertThat(sampler.choose(logits)).isEqualTo(0);
    assertThat(logits).containsExactly(4, -2, 3);
  }

  @Test
  void frequencyAndPresencePenaltiesCountTheAnswerAlone() {
    Sampler sampler = sampler(greedy().frequencyPenalty(0.5).presencePenalty(1));
    sampler.observePrompt(0);
    sampler.observeAnswer(1);
    sampler.observeAnswer(1);
    sampler.observeAnswer(1);
    float[] logits = {1, 4, 2};

    assertThat(sampler.choose(logits)).isEqualTo(2);
    assertThat(logits).containsExactly(1, 4 - 3 * 0.5f - 1, 2);
  }

  @Test
  void topKLeavesTheKMostLikely() {
    assertThat(drawn(neutral().topK(2), 1, 3, 2, 0)).containsExactlyInAnyOrder(1, 2);
    assertThat(drawn(neutral().topK(1), 1, 3, 2, 0)).containsExactly(1);
  }

  @Test
  void topPLeavesTheSmallestSetThatReachesP() {
    float[] logits = {log(0.5), log(0.3), log(0.15), log(0.05)};

    assertThat(drawn(neutral().topP(0.5), logits)).containsExactly(0);
    assertThat(drawn(neutral().topP(0.6), logits)).containsExactlyInAnyOrder(0, 1);
    assertThat(drawn(neutral().topP(0.9), logits)).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(drawn(neutral().topP(1), logits)).containsExactlyInAnyOrder(0, 1, 2, 3);
  }

  @Test
  void minPIsRelativeToTheMostLikely() {
    float[] logits = {log(0.5), log(0.3), log(0.15), log(0.05)};

    assertThat(drawn(neutral().minP(0.2), logits)).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(drawn(neutral().minP(1), logits)).containsExactly(0);
  }

  @Test
  void temperatureComesBeforeTopP() {
    // at temperature 1 token 0 has 0.73; at 0.5 it has 0.88 and fills top-p alone
    assertThat(drawn(neutral().topP(0.8), 1, 0)).containsExactlyInAnyOrder(0, 1);
    assertThat(drawn(neutral().topP(0.8).temperature(0.5), 1, 0)).containsExactly(0);
  }

  @Test
  void drawsFollowTheProbabilities() {
    Sampler sampler = sampler(neutral());
    int[] counts = new int[3];
    for (int i = 0; i < 20_000; i++) {
      counts[sampler.choose(new float[] {log(0.6), log(0.3), log(0.1)})]++;
    }

    // four standard deviations of a binomial count of 20000
    assertThat(counts[0]).isBetween(11_723, 12_277);
    assertThat(counts[1]).isBetween(5_741, 6_259);
    assertThat(counts[2]).isBetween(1_831, 2_169);
  }

  @Test
  void equalSeedsDrawEqualTokens() {
    Sampler a = new Sampler(neutral().build(), 7, Set.of());
    Sampler b = new Sampler(neutral().build(), 7, Set.of());
    for (int i = 0; i < 100; i++) {
      float[] logits = {1, 1.1f, 0.9f, 1.2f};
      assertThat(a.choose(logits.clone())).isEqualTo(b.choose(logits.clone()));
    }
  }

  @Test
  void aTinyTemperatureIsGreedy() {
    assertThat(drawn(neutral().temperature(Double.MIN_VALUE), 1, 1.0001f)).containsExactly(1);
  }

  private static Set<Integer> drawn(GenerationOptions.Builder options, float... logits) {
    Sampler sampler = sampler(options);
    Set<Integer> tokens = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      tokens.add(sampler.choose(logits.clone()));
    }
    return tokens;
  }

  private static int choose(GenerationOptions.Builder options, float... logits) {
    return sampler(options).choose(logits);
  }

  private static Sampler sampler(GenerationOptions.Builder options) {
    return new Sampler(options.build(), 1, Set.of());
  }

  private static GenerationOptions.Builder greedy() {
    return GenerationOptions.builder().temperature(0);
  }

  private static GenerationOptions.Builder neutral() {
    return GenerationOptions.builder().temperature(1).topP(1);
  }

  private static float log(double p) {
    return (float) Math.log(p);
  }
}
