package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.model.KvPool;
import dev.sirocco.tensor.DType;
import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many requests to one model, tiny and random: what each gets does not depend on the others. */
@Timeout(60)
class ServingEngineTest {

  private static final ModelConfig MIXTURE = TinyModels.mixture();
  private static final ModelConfig WINDOWED = TinyModels.dense(OptionalInt.of(40));

  @TempDir Path folder;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : open.reversed()) {
      closeable.close();
    }
  }

  /**
   * The truth is the answer of the model alone, without pool and prefixes. With 8 blocks of 16
   * tokens for 17 requests of up to 60, many lose their blocks.
   */
  @ParameterizedTest
  @CsvSource({
    "false, 1000, 16, true, 32",
    "false, 8, 16, true, 32",
    "false, 8, 16, false, 7",
    "true, 1000, 32, true, 5",
    "true, 8, 16, true, 32",
    "true, 8, 16, false, 32"
  })
  void aRequestInABatchOf16OthersGetsTheAnswerThatItGetsAlone(
      boolean windowed, int blocks, int blockTokens, boolean prefixCache, int budget)
      throws Exception {
    ModelConfig config = windowed ? WINDOWED : MIXTURE;
    LanguageModel model = model(config);
    List<ServingRequest> requests =
        IntStream.range(0, 17).mapToObj(i -> request(10 + 2 * i, 12 + i % 5, i)).toList();
    List<Generation> alone =
        requests.stream()
            .map(r -> model.generate(GenerationRequest.of(r.prompt(), r.options())))
            .toList();
    ServingEngine engine =
        start(
            model,
            ServingOptions.defaults()
                .withBlockTokens(blockTokens)
                .withKvMemory(blocks * KvPool.blockBytes(config, DType.F16, blockTokens))
                .withPrefixCache(prefixCache)
                .withTokenBudget(budget));

    CountDownLatch submitted = new CountDownLatch(1);
    engine.addListener(
        new EngineListener() {
          @Override
          public void stepped(int tokens, int sequences, Duration took) {
            awaitUninterruptibly(submitted);
          }
        });
    List<AnswerStream> streams = requests.stream().map(engine::submit).toList();
    submitted.countDown();

    for (int i = 0; i < streams.size(); i++) {
      Generation answer = answers(streams.get(i)).getFirst();
      assertThat(answer.tokens()).isEqualTo(alone.get(i).tokens());
      assertThat(answer.text()).isEqualTo(alone.get(i).text());
      assertThat(answer.finishReason()).isEqualTo(alone.get(i).finishReason());
    }
    EngineStatus status = engine.status();
    assertThat(status.usedBlocks()).isZero();
    assertThat(status.running() + status.queued()).isZero();
    assertThat(status.preemptions() > 0).isEqualTo(blocks == 8);
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void severalAnswersToOnePromptAreThoseOfTheirSeedsAndReadItOnce() throws Exception {
    LanguageModel model = model(MIXTURE);
    List<Generation> alone =
        IntStream.range(0, 4)
            .mapToObj(i -> drawn(i))
            .map(r -> model.generate(GenerationRequest.of(r.prompt(), r.options())))
            .toList();
    ServingEngine engine = start(model, ServingOptions.defaults().withPrefixCache(false));
    Recorder recorder = new Recorder();
    engine.addListener(recorder);

    List<Generation> answers = answers(engine.submit(drawn(0).withN(4)));

    for (int i = 0; i < 4; i++) {
      assertThat(answers.get(i).tokens()).isEqualTo(alone.get(i).tokens());
    }
    assertThat(recorder.tokens).isEqualTo(50 + 4 * 11);
    assertThat(engine.status().usedBlocks()).isZero();
  }

  @Test
  void aDrawnAnswerIsTheSameWhenItsPromptIsFoundInTheCache() throws Exception {
    ServingEngine engine = start(model(MIXTURE), ServingOptions.defaults());

    Generation first = answers(engine.submit(drawn(1))).getFirst();
    Generation again = answers(engine.submit(drawn(1))).getFirst();

    assertThat(first.cachedTokens()).isZero();
    assertThat(again.cachedTokens()).isEqualTo(48);
    assertThat(again.tokens()).isEqualTo(first.tokens());
    assertThat(again.text()).isEqualTo(first.text());
  }

  @Test
  void theNextTurnOfAConversationFindsItsBeginning() throws Exception {
    LanguageModel model = model(MIXTURE);
    ServingEngine engine = start(model, ServingOptions.defaults());
    int[] first = tokens(70, 1);
    Generation answer = answers(engine.submit(greedy(first, 30))).getFirst();
    int[] second =
        IntStream.concat(
                IntStream.concat(
                    IntStream.of(first), answer.tokens().stream().mapToInt(Integer::intValue)),
                IntStream.of(tokens(9, 2)))
            .toArray();

    Generation next = answers(engine.submit(greedy(second, 10))).getFirst();

    assertThat(answer.cachedTokens()).isZero();
    assertThat(next.cachedTokens()).isEqualTo(96);
    assertThat(engine.status().prefixHits()).isEqualTo(96);
    assertThat(engine.status().prefixLookups()).isEqualTo(70 + second.length);
    engine.close();
    assertThat(next.tokens())
        .isEqualTo(
            model
                .generate(Prompt.tokens(second), GenerationOptions.greedy(10), token -> {})
                .tokens());
  }

  @Test
  void whatCanNeverFitIsRefusedAtOnce() {
    LanguageModel model = model(MIXTURE);
    ServingEngine engine =
        start(
            model,
            ServingOptions.defaults().withKvMemory(4 * KvPool.blockBytes(MIXTURE, DType.F16, 16)));

    assertThatThrownBy(() -> engine.submit(greedy(tokens(60, 1), 5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a prompt of 60 tokens and an answer of up to 5 can never fit the cache, which holds 64"
                + " tokens; shorten them or start the engine with more kv-memory");
    assertThatThrownBy(() -> engine.submit(greedy(tokens(65, 1), Integer.MAX_VALUE)))
        .hasMessageContaining("can never fit the cache");
    assertThatThrownBy(() -> engine.submit(greedy(tokens(600, 1), 1)))
        .hasMessageContaining("the prompt has 600 tokens, but the context holds 512");
  }

  @Test
  void theModelItselfCannotBeUsedMeanwhileAndCanAfterwards() {
    LanguageModel model = model(MIXTURE);
    ServingEngine engine = start(model, ServingOptions.defaults());

    assertThatThrownBy(
            () -> model.generate(Prompt.tokens(1), GenerationOptions.greedy(1), token -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the model answers the requests of a serving engine");
    assertThatThrownBy(model::close).hasMessageContaining("close the engine before the model");
    assertThatThrownBy(() -> ServingEngine.start(model, ServingOptions.defaults()))
        .isInstanceOf(IllegalStateException.class);
    engine.close();
    engine.close();
    assertThat(model.generate(Prompt.tokens(1), GenerationOptions.greedy(1), t -> {}).tokens())
        .hasSize(1);
    assertThatThrownBy(() -> engine.submit(greedy(tokens(3, 1), 1)))
        .isInstanceOf(EngineClosedException.class)
        .hasMessage("the engine is closed");
  }

  private static final class Recorder implements EngineListener {
    private volatile int tokens;

    @Override
    public synchronized void stepped(int count, int sequences, Duration took) {
      tokens += count;
    }
  }

  private static List<Generation> answers(AnswerStream stream) throws InterruptedException {
    return Answers.of(stream).ends();
  }

  /** Drawn if the seed is even, else greedy; prompts of equal seeds modulo 3 begin alike. */
  private static ServingRequest request(int promptLength, int maxTokens, long seed) {
    GenerationOptions options =
        GenerationOptions.builder()
            .maxTokens(maxTokens)
            .temperature(seed % 2 == 0 ? 0.9 : 0)
            .ignoreEos(true)
            .seed(seed)
            .build();
    return ServingRequest.of(Prompt.tokens(tokens(promptLength, seed % 3)), options);
  }

  private static ServingRequest drawn(long seed) {
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(12).temperature(1).ignoreEos(true).seed(seed).build();
    return ServingRequest.of(Prompt.tokens(tokens(50, 1)), options);
  }

  private static ServingRequest greedy(int[] prompt, int maxTokens) {
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(maxTokens).ignoreEos(true).build();
    return ServingRequest.of(Prompt.tokens(prompt), options);
  }

  private static int[] tokens(int count, long seed) {
    return new Random(seed).ints(count, 3, MIXTURE.vocabSize()).toArray();
  }

  private LanguageModel model(ModelConfig config) {
    Path file =
        TinyModelFiles.writeGguf(
            folder.resolve("model" + open.size() + ".gguf"),
            TinyModels.weights(config, 42),
            TinyModelFiles.ExpertLayout.MERGED);
    LanguageModel model =
        LanguageModel.open(
            file, ModelOptions.defaults().withKernels("scalar").withThreads(1).withChunk(32));
    open.add(model);
    return model;
  }

  private ServingEngine start(LanguageModel model, ServingOptions options) {
    ServingEngine engine = ServingEngine.start(model, options);
    open.add(engine);
    return engine;
  }
}
