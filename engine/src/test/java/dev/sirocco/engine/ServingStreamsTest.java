package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.kernels.ScalarKernels;
import dev.sirocco.model.Batch;
import dev.sirocco.model.KvCache;
import dev.sirocco.model.Transformer;
import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the reader of a stream sees: tokens, their probabilities, pauses and ends. */
@Timeout(60)
class ServingStreamsTest {

  private static final ModelConfig MIXTURE = TinyModels.mixture();

  @TempDir Path folder;
  private Path file;
  private LanguageModel model;
  private final List<ServingEngine> engines = new ArrayList<>();

  @BeforeEach
  void open() {
    file =
        TinyModelFiles.writeGguf(
            folder.resolve("model.gguf"),
            TinyModels.weights(MIXTURE, 42),
            TinyModelFiles.ExpertLayout.MERGED);
    model =
        LanguageModel.open(
            file, ModelOptions.defaults().withKernels("scalar").withThreads(1).withChunk(16));
  }

  @AfterEach
  void close() {
    engines.forEach(ServingEngine::close);
    model.close();
  }

  private ServingEngine start(ServingOptions options) {
    ServingEngine engine = ServingEngine.start(model, options);
    engines.add(engine);
    return engine;
  }

  @Test
  void logProbabilitiesAreThoseOfTheModelsOwnDistribution() throws Exception {
    int[] prompt = SteppedEngine.tokens(9, 1);
    List<TokenProbability> expected = new ArrayList<>();
    model.logits(
        prompt,
        (position, logits, routers) -> {
          if (position == 8) {
            for (int id = 0; id < logits.length; id++) {
              expected.add(new TokenProbability(id, (float) LogSoftmax.of(logits, id)));
            }
          }
        });
    expected.sort((a, b) -> Float.compare(b.logProbability(), a.logProbability()));
    ServingEngine engine = start(ServingOptions.defaults());

    Answers answers =
        Answers.of(
            engine.submit(request(prompt, options(3).topLogprobs(5).temperature(1.5).seed(1))));

    assertThat(answers.tokens().getFirst().top()).isEqualTo(expected.subList(0, 5));
    GeneratedToken first = answers.tokens().getFirst().token();
    assertThat(expected).contains(new TokenProbability(first.id(), first.logProbability()));
    assertThat(answers.tokens()).allSatisfy(t -> assertThat(t.top()).hasSize(5));
  }

  @Test
  void aReaderThatStopsReadingPausesItsOwnRequestOnly() throws Exception {
    ServingEngine engine = start(ServingOptions.defaults());
    AnswerStream unread = engine.submit(request(SteppedEngine.tokens(3, 1), options(300)));

    Answers.of(engine.submit(request(SteppedEngine.tokens(3, 2), options(200))));

    assertThat(((AnswerChannel) unread).unread()).isLessThanOrEqualTo(AnswerChannel.CAPACITY);
    assertThat(engine.status().running()).isEqualTo(1);
    assertThat(Answers.of(unread).tokens()).hasSize(300);
  }

  @Test
  void theDeadlineEndsAnAnswerEvenWhileNobodyReadsIt() throws Exception {
    ServingEngine engine = start(ServingOptions.defaults());

    AnswerStream stream =
        engine.submit(
            request(SteppedEngine.tokens(3, 1), options(400)).withDeadline(Duration.ofMillis(1)));
    assertThat(engine.drain(Duration.ofSeconds(30))).isTrue();

    assertThat(Answers.of(stream).ends().getFirst().finishReason())
        .isEqualTo(FinishReason.DEADLINE);
  }

  @Test
  void moreRequestsThanMayWaitAreRefused() throws Exception {
    ServingEngine engine = start(ServingOptions.defaults().withMaxRunning(1).withMaxQueued(1));
    AnswerStream first = engine.submit(request(SteppedEngine.tokens(3, 1), options(400)));
    AnswerStream second = engine.submit(request(SteppedEngine.tokens(3, 2), options(2)));

    assertThatThrownBy(() -> engine.submit(request(SteppedEngine.tokens(3, 3), options(2))))
        .isInstanceOf(QueueFullException.class)
        .hasMessage(
            "2 sequences are being answered or wait, and no more than 2 may; try again later");

    first.cancel();
    assertThat(Answers.of(first).ends().getFirst().finishReason())
        .isEqualTo(FinishReason.CANCELLED);
    assertThat(Answers.of(second).ends().getFirst().tokens()).hasSize(2);
    Answers.of(engine.submit(request(SteppedEngine.tokens(3, 3), options(2))));
  }

  @Test
  void closingFailsWhatIsNotComplete() throws Exception {
    ServingEngine engine = start(ServingOptions.defaults());
    AnswerStream stream = engine.submit(request(SteppedEngine.tokens(3, 1), options(400)));

    engine.close();

    assertThatThrownBy(() -> Answers.of(stream))
        .isInstanceOf(EngineClosedException.class)
        .hasMessage("the engine was closed before the answer was complete");
    assertThat(engine.status().usedBlocks()).isZero();
  }

  @Test
  void drainingAnswersWhatIsThereAndTakesNoMore() throws Exception {
    ServingEngine engine = start(ServingOptions.defaults());
    AnswerStream stream = engine.submit(request(SteppedEngine.tokens(3, 1), options(20)));

    assertThat(engine.drain(Duration.ofSeconds(30))).isTrue();

    assertThat(Answers.of(stream).ends().getFirst().tokens()).hasSize(20);
    assertThatThrownBy(() -> engine.submit(request(new int[] {5}, options(1))))
        .isInstanceOf(EngineClosedException.class)
        .hasMessageContaining("takes no more requests");
  }

  @Test
  void aStopTextAcrossTokensEndsTheAnswerBeforeIt() throws Exception {
    int[] prompt = SteppedEngine.tokens(6, 5);
    String whole = model.generate(Prompt.tokens(prompt), options(40).build(), t -> {}).text();
    int middle = whole.length() / 2;
    String stop = whole.substring(middle, middle + 4);
    ServingEngine engine = start(ServingOptions.defaults());

    Answers answers = Answers.of(engine.submit(request(prompt, options(40).stop(stop))));

    assertThat(answers.ends().getFirst().text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(answers.ends().getFirst().finishReason()).isEqualTo(FinishReason.STOP);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.8, 3})
  void aConstrainedAnswerHasItsFormWhateverTheWeights(double temperature) throws Exception {
    ServingEngine engine = start(ServingOptions.defaults());
    String schema =
        """
        {"type": "object", "properties": {"a": {"enum": ["x", "yes"]}, "b": {"type": "integer",
         "minimum": 3, "maximum": 40}}, "required": ["a", "b"], "additionalProperties": false}
        """;
    Constraint json = Constraint.jsonSchema(schema, engine.vocabulary());
    Constraint regex = Constraint.regex("(ab|c){2,5}!", engine.vocabulary());
    List<AnswerStream> streams = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      GenerationOptions.Builder options =
          GenerationOptions.builder()
              .maxTokens(400)
              .temperature(temperature)
              .topP(1)
              .seed(i)
              .ignoreEos(i % 2 == 0)
              .logitBias(13, i == 3 ? -100 : 0); // a new line, which JSON admits between values
      streams.add(
          engine.submit(
              request(SteppedEngine.tokens(5, i), options.constraint(i < 2 ? regex : json))));
    }

    for (int i = 0; i < 2; i++) {
      Generation answer = Answers.of(streams.get(i)).ends().getFirst();
      assertThat(answer.text()).matches("(ab|c){2,5}!");
      assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
    }
    for (int i = 2; i < 4; i++) {
      Generation answer = Answers.of(streams.get(i)).ends().getFirst();
      if (answer.finishReason() == FinishReason.STOP) {
        JsonNode value = JsonMapper.shared().readTree(answer.text());
        assertThat(value.get("a").asString()).isIn("x", "yes");
        assertThat(value.get("b").intValue()).isBetween(3, 40);
      }
    }
  }

  @Test
  void aConstraintForAnotherVocabularyIsRefused() {
    ServingEngine engine = start(ServingOptions.defaults());
    Constraint other =
        Constraint.regex(
            "a", TokenVocabulary.of(List.of(new byte[] {'a'}, new byte[0]), Set.of(1)));

    assertThatThrownBy(() -> engine.submit(request(new int[] {5}, options(3).constraint(other))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the constraint was compiled for 2 tokens, but the model has 296");
  }

  @Test
  void biasesThatForbidAllTokensFailTheirOwnStreamOnly() throws Exception {
    ServingEngine engine = start(ServingOptions.defaults());
    Constraint constraint = Constraint.regex("a+", engine.vocabulary());
    GenerationOptions.Builder hopeless = options(3).constraint(constraint);
    for (int id = 0; id < 296; id++) {
      hopeless.logitBias(id, Double.NEGATIVE_INFINITY);
    }
    AnswerStream good = engine.submit(request(SteppedEngine.tokens(3, 1), options(20)));

    AnswerStream bad = engine.submit(request(SteppedEngine.tokens(3, 2), hopeless));

    assertThatThrownBy(() -> Answers.of(bad))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("logit-bias forbids every token that the constraint admits");
    assertThat(Answers.of(good).ends().getFirst().tokens()).hasSize(20);
  }

  @Test
  void eachRequestHasItsOwnNumberOfExperts() throws Exception {
    int[] prompt = SteppedEngine.tokens(40, 4);
    List<List<Integer>> alone = new ArrayList<>();
    for (int k = 1; k <= 3; k++) {
      ModelOptions options =
          ModelOptions.defaults().withKernels("scalar").withThreads(1).withExpertsPerToken(k);
      try (LanguageModel other = LanguageModel.open(file, options)) {
        alone.add(other.generate(Prompt.tokens(prompt), options(8).build(), t -> {}).tokens());
      }
    }
    assertThat(new HashSet<>(alone)).hasSize(3);
    ServingEngine engine = start(ServingOptions.defaults());

    List<AnswerStream> streams = new ArrayList<>();
    for (int k = 1; k <= 3; k++) {
      streams.add(
          engine.submit(request(prompt, options(8).expertsPerToken(k).recordRouting(true))));
    }

    for (int k = 1; k <= 3; k++) {
      Generation answer = Answers.of(streams.get(k - 1)).ends().getFirst();
      assertThat(answer.tokens()).isEqualTo(alone.get(k - 1));
      assertThat(answer.routing().getFirst().layers().getFirst().experts()).hasSize(k);
    }
    assertThatThrownBy(() -> engine.submit(request(prompt, options(8).expertsPerToken(9))))
        .hasMessage("experts-per-token must be 1 to 8, but is 9");
  }

  @Test
  void anEmbeddingIsTheMeanOfTheLastHiddenStates() throws Exception {
    int[] tokens = SteppedEngine.tokens(50, 6);
    double[] mean = meanOfHiddenStates(tokens);
    ServingEngine engine = start(ServingOptions.defaults());
    Answers.of(engine.submit(request(tokens, options(1)))); // its prefix must not be used

    float[] embedding = engine.embed(tokens).get();

    double length = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
    for (int i = 0; i < mean.length; i++) {
      assertThat((double) embedding[i]).isCloseTo(mean[i] / length, within(1e-6));
    }
    assertThatThrownBy(() -> engine.embed(new int[0]))
        .hasMessage("the prompt is empty; give at least one token");
    assertThat(engine.status().usedBlocks()).isZero();
  }

  private double[] meanOfHiddenStates(int[] tokens) {
    double[] mean = new double[MIXTURE.dim()];
    try (ModelFiles files = ModelFiles.open(file);
        Kernels kernels = new ScalarKernels(new KernelOptions(1));
        Transformer transformer = new Transformer(files.config(), files, kernels, DType.F16, 64);
        KvCache cache = transformer.newCache(64)) {
      transformer.setHiddenStateListener(
          Optional.of(
              (index, hidden) -> {
                if (index == MIXTURE.nLayers()) {
                  add(hidden, mean);
                }
              }));
      transformer.forward(Batch.of(cache, tokens));
    }
    return Arrays.stream(mean).map(x -> x / tokens.length).toArray();
  }

  private static void add(FloatMatrix rows, double[] sum) {
    for (int row = 0; row < rows.rows(); row++) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += rows.get(row, i);
      }
    }
  }

  @Test
  void closingFailsEmbeddingsToo() {
    ServingEngine engine = start(ServingOptions.defaults());
    var embedding = engine.embed(SteppedEngine.tokens(500, 1));

    engine.close();

    if (embedding.isCompletedExceptionally()) {
      assertThatThrownBy(embedding::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(EngineClosedException.class);
    }
    assertThat(embedding).isDone();
  }

  @Test
  void theListenerSeesTheWholeLifeOfARequest() throws Exception {
    ServingEngine engine = start(ServingOptions.defaults());
    List<String> seen = new ArrayList<>();
    CountDownLatch ended = new CountDownLatch(1);
    engine.addListener(
        new EngineListener() {
          @Override
          public void admitted(Duration waited, int promptTokens, int cachedTokens) {
            seen.add("admitted " + promptTokens + " " + cachedTokens);
          }

          @Override
          public void firstToken(Duration sinceSubmission) {
            seen.add("first");
          }

          @Override
          public void nextToken(Duration sinceLast) {
            seen.add("next");
          }

          @Override
          public void stepped(int tokens, int sequences, Duration took) {
            seen.add("stepped " + tokens + " " + sequences);
          }

          @Override
          public void finished(FinishReason reason, int answerTokens) {
            seen.add("finished " + reason + " " + answerTokens);
            ended.countDown();
          }
        });

    Answers.of(engine.submit(request(SteppedEngine.tokens(18, 1), options(2))));

    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(seen)
        .containsExactly(
            "admitted 18 0",
            "stepped 16 1",
            "first",
            "stepped 2 1",
            "next",
            "stepped 1 1",
            "finished LENGTH 2");
  }

  private static GenerationOptions.Builder options(int maxTokens) {
    return GenerationOptions.builder().maxTokens(maxTokens).ignoreEos(true);
  }

  private static ServingRequest request(int[] prompt, GenerationOptions.Builder options) {
    return ServingRequest.of(Prompt.tokens(prompt), options.build());
  }
}
