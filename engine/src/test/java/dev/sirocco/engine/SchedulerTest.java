package dev.sirocco.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.model.NonFiniteException;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.TensorNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is computed when, step by step, on a tiny model with few blocks. */
class SchedulerTest {

  private static final ModelConfig DENSE = TinyModels.dense(OptionalInt.empty());
  private static final ModelConfig WINDOWED = TinyModels.dense(OptionalInt.of(40));

  @TempDir Path folder;

  @Test
  void aLongPromptIsReadBesideAnswersThatGetATokenInEveryStep() {
    try (SteppedEngine engine = SteppedEngine.of(folder, DENSE, 100, 8)) {
      SteppedEngine.Probe a = engine.add(SteppedEngine.tokens(3, 1), 50);
      SteppedEngine.Probe b = engine.add(SteppedEngine.tokens(4, 2), 50);
      engine.step();
      SteppedEngine.Probe longOne = engine.add(SteppedEngine.tokens(31, 3), 5);

      for (int step = 1; step <= 6; step++) {
        engine.step();
        assertThat(a.tokens).hasSize(1 + step);
        assertThat(b.tokens).hasSize(1 + step);
        assertThat(longOne.tokens).hasSize(step < 6 ? 0 : 1); // 6 rows beside the two: 5 * 6 + 1
      }
    }
  }

  @Test
  void promptsAreReadInSmallerChunksWhileAnswersAreWritten() {
    try (SteppedEngine engine = SteppedEngine.of(folder, DENSE, 100, 200)) {
      SteppedEngine.Probe alone = engine.add(SteppedEngine.tokens(199, 1), 50);
      engine.step();
      assertThat(alone.tokens).hasSize(1);

      SteppedEngine.Probe beside = engine.add(SteppedEngine.tokens(199, 2), 50);
      engine.step();
      assertThat(beside.sequence.pending()).isEqualTo(199 - Scheduler.PROMPT_BESIDE_ANSWERS);
      engine.step();
      assertThat(beside.tokens).hasSize(1);
    }
  }

  @Test
  void whenBlocksRunOutTheYoungestGivesItsOwnBackAndIsComputedAgain() {
    try (SteppedEngine engine = SteppedEngine.of(folder, DENSE, 5, 64)) {
      SteppedEngine.Probe old = engine.add(SteppedEngine.tokens(30, 1), 30);
      SteppedEngine.Probe young = engine.add(SteppedEngine.tokens(31, 2), 20);
      engine.step();
      assertThat(engine.scheduler.running()).isEqualTo(2);

      engine.run();

      assertThat(engine.scheduler.preemptions()).isPositive();
      assertThat(young.tokens).hasSize(20);
      assertThat(old.tokens).hasSize(30);
      assertThat(young.end.orElseThrow().tokens())
          .isEqualTo(
              engine
                  .model
                  .generate(
                      Prompt.tokens(SteppedEngine.tokens(31, 2)), SteppedEngine.greedy(20), t -> {})
                  .tokens());
      assertThat(engine.blocks.used()).isZero();
    }
  }

  @Test
  void higherPrioritiesComeFirstButNobodyIsOvertakenWithoutEnd() {
    try (SteppedEngine engine =
        new SteppedEngine(folder, TinyModels.weights(DENSE, 42), 100, true, 1, 8)) {
      List<SteppedEngine.Probe> ended = new ArrayList<>();
      SteppedEngine.Probe first = engine.add(SteppedEngine.tokens(2, 1), 1);
      SteppedEngine.Probe low = engine.add(SteppedEngine.tokens(2, 2), 1);
      for (int i = 0; i < 100; i++) {
        SteppedEngine.Probe high =
            engine.add(SteppedEngine.tokens(2, 3), SteppedEngine.greedy(1), 7, new Object());
        engine.step();
        if (high.end.isPresent()) {
          ended.add(high);
        }
        assertThat(first.end.isPresent()).isEqualTo(i >= Rank.PATIENCE);
        assertThat(low.end.isPresent()).isEqualTo(i > Rank.PATIENCE);
      }
      assertThat(ended).hasSize(Rank.PATIENCE);
    }
  }

  @Test
  void cancellationEndsARequestWithTheNextStepQueuedReadingOrAnswering() {
    try (SteppedEngine engine =
        new SteppedEngine(folder, TinyModels.weights(DENSE, 42), 100, true, 2, 8)) {
      SteppedEngine.Probe answering = engine.add(SteppedEngine.tokens(3, 1), 50);
      SteppedEngine.Probe reading = engine.add(SteppedEngine.tokens(200, 2), 5);
      SteppedEngine.Probe queued = engine.add(SteppedEngine.tokens(3, 3), 5);
      engine.step();
      engine.step();
      for (SteppedEngine.Probe probe : List.of(answering, reading, queued)) {
        probe.interruption = Optional.of(FinishReason.CANCELLED);
      }

      engine.step();

      for (SteppedEngine.Probe probe : List.of(answering, reading, queued)) {
        assertThat(probe.end.orElseThrow().finishReason()).isEqualTo(FinishReason.CANCELLED);
      }
      assertThat(answering.tokens).hasSize(2);
      assertThat(reading.tokens).isEmpty();
      assertThat(engine.blocks.used()).isZero();
    }
  }

  @Test
  void aReaderThatFallsBehindHoldsUpOnlyItself() {
    try (SteppedEngine engine = SteppedEngine.of(folder, DENSE, 100, 8)) {
      SteppedEngine.Probe slow = engine.add(SteppedEngine.tokens(3, 1), 10);
      SteppedEngine.Probe quick = engine.add(SteppedEngine.tokens(3, 2), 10);
      engine.step();
      slow.open = false;

      engine.run();

      assertThat(slow.tokens).hasSize(1);
      assertThat(quick.end).isPresent();
      slow.open = true;
      engine.run();
      assertThat(slow.end.orElseThrow().tokens()).hasSize(10);
    }
  }

  @Test
  void theBlocksOfAReaderThatHasFallenBehindGoToOthersAndItLosesNothing() {
    try (SteppedEngine engine = SteppedEngine.of(folder, DENSE, 4, 32)) {
      SteppedEngine.Probe slow = engine.add(SteppedEngine.tokens(30, 1), 20);
      engine.step();
      slow.open = false;
      SteppedEngine.Probe other = engine.add(SteppedEngine.tokens(40, 2), 10);

      engine.run();

      assertThat(other.end).isPresent();
      slow.open = true;
      engine.run();
      assertThat(slow.end.orElseThrow().tokens())
          .isEqualTo(
              engine
                  .model
                  .generate(
                      Prompt.tokens(SteppedEngine.tokens(30, 1)), SteppedEngine.greedy(20), t -> {})
                  .tokens());
    }
  }

  @Test
  void blocksBehindTheWindowGoBackToThePool() {
    try (SteppedEngine engine = SteppedEngine.of(folder, WINDOWED, 7, 16)) {
      SteppedEngine.Probe probe = engine.add(SteppedEngine.tokens(300, 1), 60);
      int most = 0;
      while (engine.step()) {
        most = Math.max(most, probe.heldBlocks());
        assertThat(engine.blocks.used()).isEqualTo(probe.heldBlocks());
      }
      assertThat(most).isBetween(3, 4); // 40 positions touch at most 4 blocks of 16
      assertThat(engine.scheduler.preemptions()).isZero();
      assertThat(probe.end.orElseThrow().tokens())
          .isEqualTo(
              engine
                  .model
                  .generate(
                      Prompt.tokens(SteppedEngine.tokens(300, 1)),
                      SteppedEngine.greedy(60),
                      t -> {})
                  .tokens());
    }
  }

  @Test
  void afterRandomRequestsAndCancellationsNoBlockIsHeld() {
    Random random = new Random(7);
    try (SteppedEngine engine = SteppedEngine.of(folder, DENSE, 9, 24)) {
      List<SteppedEngine.Probe> probes = new ArrayList<>();
      for (int step = 0; step < 120; step++) {
        if (random.nextInt(3) == 0) {
          Object request = new Object();
          int[] prompt = SteppedEngine.tokens(1 + random.nextInt(60), random.nextInt(2));
          GenerationOptions options = SteppedEngine.greedy(1 + random.nextInt(30));
          for (int n = 1 + random.nextInt(3); n > 0; n--) {
            probes.add(engine.add(prompt, options, random.nextInt(2), request));
          }
        }
        if (random.nextInt(4) == 0 && !probes.isEmpty()) {
          probes.get(random.nextInt(probes.size())).interruption =
              Optional.of(FinishReason.CANCELLED);
        }
        engine.step();
      }
      engine.run();

      assertThat(probes).allSatisfy(probe -> assertThat(probe.end).isPresent());
      assertThat(engine.blocks.used()).isZero();
      for (int block = 0; block < 9; block++) {
        assertThat(engine.blocks.holders(block)).isZero();
      }
    }
  }

  @Test
  void aTokenThatLeadsToNanFailsItsOwnSequenceOnly() {
    ModelWeights weights = TinyModels.weights(DENSE, 42);
    Tensor embeddings = weights.tensor(TensorNames.TOK_EMBEDDINGS);
    float[] values = embeddings.data().toArray(JAVA_FLOAT_UNALIGNED);
    values[100 * DENSE.dim()] = Float.NaN;
    Tensor damaged = TinyModels.tensor(TensorNames.TOK_EMBEDDINGS, embeddings.shape(), values);
    try (SteppedEngine engine =
        new SteppedEngine(folder, TinyModels.with(weights, damaged), 100, true, 64, 32)) {
      GenerationOptions options =
          GenerationOptions.builder()
              .maxTokens(10)
              .ignoreEos(true)
              .logitBias(100, Double.NEGATIVE_INFINITY)
              .build();
      SteppedEngine.Probe good = engine.add(new int[] {3, 4, 5}, options, 0, new Object());
      SteppedEngine.Probe bad = engine.add(new int[] {3, 100, 5}, options, 0, new Object());

      engine.run();

      assertThat(bad.failure.orElseThrow()).isInstanceOf(NonFiniteException.class);
      assertThat(good.end.orElseThrow().tokens()).hasSize(10);
      assertThat(engine.blocks.used()).isZero();
    }
  }
}
