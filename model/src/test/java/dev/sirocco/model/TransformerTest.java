package dev.sirocco.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.kernels.ScalarKernels;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFormatException;
import dev.sirocco.weights.ModelWeights;
import dev.sirocco.weights.TensorNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sequence gives depends on the sequence alone. */
class TransformerTest {

  private static final ModelConfig WINDOWED = TinyModels.dense(OptionalInt.of(16));
  private static final ModelConfig MIXTURE = TinyModels.mixture();
  private static final int[] A = tokens(50, 5);
  private static final int[] B = tokens(30, 6);
  private static final int[] C = tokens(3, 7);

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : open.reversed()) {
      resource.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 15, 16, 17, 31})
  void chunksOfAnySizeOverTheRollingBufferEqualOnePrefill(int chunk) {
    assertThat(logits(WINDOWED, tokens(75, 1), chunk, 1))
        .isEqualTo(logits(WINDOWED, tokens(75, 1), 75, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64})
  void chunksOfAnySizeThroughTheMixtureEqualOnePrefill(int chunk) {
    assertThat(logits(MIXTURE, tokens(40, 2), chunk, 1))
        .isEqualTo(logits(MIXTURE, tokens(40, 2), 40, 1));
  }

  @Test
  void theNumberOfThreadsDoesNotChangeABit() {
    assertThat(logits(MIXTURE, tokens(40, 3), 40, 3))
        .isEqualTo(logits(MIXTURE, tokens(40, 3), 40, 1));
  }

  @Test
  void theWindowHidesWhatLiesBeforeIt() {
    // 3 layers with a window of 16: the token at 60 is reached from 60 - 3 * 15 = 15 on
    int[] tokens = tokens(61, 4);
    int[] changedOutOfReach = tokens.clone();
    changedOutOfReach[14] ^= 1;
    int[] changedWithinReach = tokens.clone();
    changedWithinReach[15] ^= 1;

    float[] last = logits(WINDOWED, tokens, 61, 1)[60];
    assertThat(logits(WINDOWED, changedOutOfReach, 61, 1)[60]).isEqualTo(last);
    assertThat(logits(WINDOWED, changedWithinReach, 61, 1)[60]).isNotEqualTo(last);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sequencesInOneBatchEqualEachAloneBitForBit(boolean mixture) {
    ModelConfig config = mixture ? MIXTURE : WINDOWED;
    Transformer model = transformer(config, 64, 2);
    KvCache cacheA = cache(model);
    KvCache cacheB = cache(model);
    KvCache cacheC = cache(model);

    // a prefill chunk beside decode steps, and sequences that join later
    model.forward(new Batch(List.of(part(cacheA, A, 20))));
    model.forward(new Batch(List.of(part(cacheB, B, 29), part(cacheA, A, 29))));
    model.forward(new Batch(List.of(part(cacheA, A, 1), part(cacheC, C, 3), part(cacheB, B, 1))));
    FloatMatrix together = model.logits(0, 3, 4);

    assertThat(together.row(0)).isEqualTo(logits(config, A, 50, 1)[49]);
    assertThat(together.row(1)).isEqualTo(logits(config, C, 50, 1)[2]);
    assertThat(together.row(2)).isEqualTo(logits(config, B, 50, 1)[29]);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void leavingOutUnwantedOutputsChangesNoBitOfTheOthers(boolean mixture) {
    ModelConfig config = mixture ? MIXTURE : WINDOWED;
    Transformer model = transformer(config, 64, 2);
    KvCache cacheA = cache(model);
    KvCache cacheB = cache(model);
    KvCache cacheC = cache(model);

    model.forward(new Batch(List.of(part(cacheA, A, 20).withOutputs(0))));
    model.forward(
        new Batch(
            List.of(
                part(cacheB, B, 30).withOutputs(1),
                part(cacheC, C, 3).withOutputs(0),
                part(cacheA, A, 29).withOutputs(2))));
    FloatMatrix together = model.logits(61, 29, 60);

    assertThat(together.row(0)).isEqualTo(logits(config, A, 50, 1)[48]);
    assertThat(together.row(1)).isEqualTo(logits(config, B, 50, 1)[29]);
    assertThat(together.row(2)).isEqualTo(logits(config, A, 50, 1)[47]);
    model.forward(new Batch(List.of(part(cacheA, A, 1))));
    assertThat(model.logits(0).row(0)).isEqualTo(logits(config, A, 50, 1)[49]);
  }

  @Test
  void theLastLayerRoutesOnlyTokensWhoseOutputsAreWanted() {
    Transformer model = transformer(MIXTURE, 64, 1);
    int[] rows = new int[MIXTURE.nLayers()];
    model.setRoutingListener(Optional.of((layer, routing) -> rows[layer] += routing.rows()));

    model.forward(new Batch(List.of(part(cache(model), tokens(40, 9), 40).withOutputs(3))));

    assertThat(rows).containsExactly(40, 40, 3);
  }

  @Test
  void predictionsThatNobodyAskedForAreRefused() {
    Transformer model = transformer(WINDOWED, 64, 1);
    int[] tokens = tokens(10, 9);
    model.forward(new Batch(List.of(part(cache(model), tokens, 10).withOutputs(2))));

    assertThatThrownBy(() -> model.logits(9, 7))
        .hasMessage(
            "row 7 of the batch has no predictions; wanted one of the 2 rows whose outputs were asked for");
    assertThatThrownBy(() -> part(cache(model), tokens, 10).withOutputs(11))
        .hasMessage("the outputs of 11 tokens are wanted of a part of 10");
  }

  @Test
  void keysAndValuesInHalfPrecisionStayCloseToFullPrecision() {
    int[] tokens = tokens(60, 8);
    Transformer half = transformer(WINDOWED, 60, 1, DType.F16);

    float[][] close = logits(half, tokens, 13);
    float[][] exact = logits(WINDOWED, tokens, 13, 1);

    assertThat(Differences.relative(close, exact)).isBetween(1e-7, 2e-3);
    assertThat(logits(transformer(WINDOWED, 60, 1, DType.F16), tokens, 1)).isEqualTo(close);
  }

  @Test
  void everyTokenGoesThroughItsExpertsOncePerBatchAndExpert() {
    ModelWeights weights = TinyModels.weights(MIXTURE, 42);
    Kernels kernels = kernels(1);
    Experts inMemory = new InMemoryExperts(MIXTURE, weights, kernels);
    List<String> calls = new ArrayList<>();
    int[] rows = new int[MIXTURE.nLayers()];
    Experts counting =
        (layer, expert, x, hidden, y) -> {
          calls.add(layer + "." + expert);
          rows[layer] += x.rows();
          inMemory.forward(layer, expert, x, hidden, y);
        };
    Transformer model = keep(new Transformer(MIXTURE, weights, kernels, counting, DType.F32, 40));

    model.forward(Batch.of(cache(model), tokens(40, 9)));

    assertThat(rows).containsOnly(40 * 2);
    assertThat(calls).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(3 * 8);
  }

  @Test
  void theListenerSeesEveryLayersChoices() {
    Transformer model = transformer(MIXTURE, 40, 1);
    List<Integer> layers = new ArrayList<>();
    model.setRoutingListener(
        Optional.of(
            (layer, routing) -> {
              layers.add(layer);
              assertThat(routing.rows()).isEqualTo(5);
              for (int row = 0; row < 5; row++) {
                float[] logits = routing.logits().row(row);
                assertThat(logits[routing.expert(row, 0)])
                    .isGreaterThanOrEqualTo(logits[routing.expert(row, 1)]);
                assertThat(routing.weight(row, 0) + routing.weight(row, 1))
                    .isCloseTo(1, within(1e-6f));
              }
            }));

    model.forward(Batch.of(cache(model), tokens(5, 10)));

    assertThat(layers).containsExactly(0, 1, 2);
  }

  @Test
  void aWeightThatIsNotANumberIsNamed() {
    ModelWeights weights = TinyModels.weights(WINDOWED, 42);
    String name = TensorNames.wo(1);
    Tensor damaged = weights.tensor(name);
    float[] values = damaged.data().toArray(JAVA_FLOAT);
    values[3 * damaged.columns() + 5] = Float.NaN;
    Transformer model =
        transformer(
            TinyModels.with(weights, TinyModels.tensor(name, damaged.shape(), values)), WINDOWED);

    assertThatThrownBy(() -> model.forward(Batch.of(cache(model), 1, 2, 3)))
        .isInstanceOf(NonFiniteException.class)
        .hasMessage(
            "layer 1 gave NaN or infinity: tensor layers.1.attention.wo.weight holds NaN in row 3, column 5; the file is damaged, fetch or convert it again");
  }

  @Test
  void anOverflowOfFiniteWeightsNamesTheLayerAndTheRemedy() {
    ModelWeights weights = TinyModels.weights(WINDOWED, 42);
    String name = TensorNames.feedForward(2, "w2");
    Tensor matrix = weights.tensor(name);
    float[] values = matrix.data().toArray(JAVA_FLOAT);
    Arrays.fill(values, 3e38f);
    Transformer model =
        transformer(
            TinyModels.with(weights, TinyModels.tensor(name, matrix.shape(), values)), WINDOWED);

    assertThatThrownBy(() -> model.forward(Batch.of(cache(model), 1, 2, 3)))
        .isInstanceOf(NonFiniteException.class)
        .hasMessageContaining("layer 2 gave NaN or infinity although its weights are finite")
        .hasMessageContaining("keep keys and values in F32");
  }

  @Test
  void anInfiniteOutputMatrixIsMetInTheLogits() {
    ModelWeights weights = TinyModels.weights(WINDOWED, 42);
    Tensor output = weights.tensor(TensorNames.OUTPUT);
    float[] values = output.data().toArray(JAVA_FLOAT);
    values[7] = Float.POSITIVE_INFINITY;
    Transformer model =
        transformer(
            TinyModels.with(weights, TinyModels.tensor(TensorNames.OUTPUT, output.shape(), values)),
            WINDOWED);
    model.forward(Batch.of(cache(model), 1));

    assertThatThrownBy(() -> model.logits(0))
        .isInstanceOf(NonFiniteException.class)
        .hasMessageContaining("the output layer gave NaN or infinity: tensor output.weight");
  }

  @Test
  void aDamagedLastLayerTellsTheRowsOfTheBatch() {
    ModelWeights weights = TinyModels.weights(WINDOWED, 42);
    int last = WINDOWED.nLayers() - 1;
    Tensor wo = weights.tensor(TensorNames.wo(last));
    float[] values = wo.data().toArray(JAVA_FLOAT);
    values[3] = Float.NaN;
    Transformer model =
        transformer(
            TinyModels.with(weights, TinyModels.tensor(wo.name(), wo.shape(), values)), WINDOWED);
    Batch batch = new Batch(List.of(part(cache(model), tokens(9, 1), 9).withOutputs(2)));

    assertThatThrownBy(() -> model.forward(batch))
        .isInstanceOfSatisfying(
            NonFiniteException.class, e -> assertThat(e.rows()).containsExactly(7, 8))
        .hasMessageContaining("tensor " + wo.name());
  }

  @Test
  void aTensorOfAnotherShapeIsRefusedByName() {
    ModelWeights weights = TinyModels.weights(WINDOWED, 42);
    Tensor wrong = TinyModels.tensor(TensorNames.wq(0), List.of(2L, 2L), 1, 2, 3, 4);

    assertThatThrownBy(() -> transformer(TinyModels.with(weights, wrong), WINDOWED))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("layers.0.attention.wq.weight has shape [2, 2]")
        .hasMessageContaining("[64, 64]");
  }

  @Test
  void tokensOutOfRangeAndTooManyTokensAreRefused() {
    Transformer model = transformer(WINDOWED, 8, 1);
    KvCache cache = keep(model.newCache(10));

    assertThatThrownBy(() -> model.forward(Batch.of(cache, 296)))
        .hasMessage("token id 296 is out of range; the model knows 0 to 295");
    assertThatThrownBy(() -> model.forward(Batch.of(cache, -1)))
        .hasMessage("token id -1 is out of range; the model knows 0 to 295");
    assertThatThrownBy(() -> model.forward(Batch.of(cache, tokens(9, 1))))
        .hasMessage("a batch of 9 tokens was given; at most 8 can be computed at once");
    model.forward(Batch.of(cache, tokens(8, 1)));
    assertThatThrownBy(() -> model.forward(Batch.of(cache, tokens(3, 1))))
        .hasMessageContaining("3 more tokens after 8 exceed the context of 10");
  }

  private static int[] tokens(int count, long seed) {
    return new Random(seed).ints(count, 0, WINDOWED.vocabSize()).toArray();
  }

  /** The next {@code count} tokens of a sequence, as far as its cache has read it. */
  private static Batch.Part part(KvCache cache, int[] tokens, int count) {
    return new Batch.Part(
        cache, Arrays.copyOfRange(tokens, cache.length(), cache.length() + count));
  }

  private float[][] logits(ModelConfig config, int[] tokens, int chunk, int threads) {
    return logits(transformer(config, Math.min(chunk, tokens.length), threads), tokens, chunk);
  }

  private float[][] logits(Transformer model, int[] tokens, int chunk) {
    return Runs.logits(model, cache(model), tokens, chunk);
  }

  private Transformer transformer(ModelConfig config, int maxRows, int threads) {
    return transformer(config, maxRows, threads, DType.F32);
  }

  private Transformer transformer(ModelConfig config, int maxRows, int threads, DType kvType) {
    ModelWeights weights = TinyModels.weights(config, 42);
    return keep(new Transformer(config, weights, kernels(threads), kvType, maxRows));
  }

  private Transformer transformer(ModelWeights weights, ModelConfig config) {
    return keep(new Transformer(config, weights, kernels(1), DType.F32, 16));
  }

  private KvCache cache(Transformer model) {
    return keep(model.newCache(512));
  }

  private Kernels kernels(int threads) {
    return keep(new ScalarKernels(new KernelOptions(threads)));
  }

  private <T extends AutoCloseable> T keep(T resource) {
    open.add(resource);
    return resource;
  }
}
