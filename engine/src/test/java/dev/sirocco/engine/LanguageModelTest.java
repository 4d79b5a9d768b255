package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.tensor.DType;
import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine on tiny random models without a tokenizer: token ids in, token ids out. */
class LanguageModelTest {

  private static final ModelConfig WINDOWED = TinyModels.dense(OptionalInt.of(16));
  private static final ModelConfig MIXTURE = TinyModels.mixture();

  @TempDir Path folder;
  private final List<LanguageModel> open = new ArrayList<>();

  @AfterEach
  void closeAll() {
    open.forEach(LanguageModel::close);
  }

  @Test
  void severalRequestsTogetherAnswerAsEachAlone() {
    LanguageModel model = open(MIXTURE, options().withChunk(8));
    List<GenerationRequest> requests =
        List.of(request(30, 5, 1), request(3, 20, 2), request(11, 9, 3), request(1, 12, 4));

    List<Generation> together = model.generateAll(requests);

    for (int i = 0; i < requests.size(); i++) {
      Generation alone = model.generate(requests.get(i));
      assertThat(together.get(i).tokens()).isEqualTo(alone.tokens());
      assertThat(together.get(i).finishReason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void moreRequestsThanRowsOfABatchAreAllAnswered() {
    LanguageModel model = open(WINDOWED, options().withChunk(2));
    List<GenerationRequest> requests =
        List.of(request(3, 4, 1), request(3, 4, 1), request(3, 4, 1), request(5, 4, 1));

    List<Generation> answers = model.generateAll(requests);

    assertThat(answers).allSatisfy(answer -> assertThat(answer.tokens()).hasSize(4));
    assertThat(answers.get(2).tokens()).isEqualTo(answers.get(0).tokens());
  }

  @Test
  void theSameRequestTwiceIsAnsweredTwice() {
    LanguageModel model = open(WINDOWED, options());
    GenerationRequest request = request(5, 4, 1);

    List<Generation> answers = model.generateAll(List.of(request, request));

    assertThat(answers.get(0).tokens()).hasSize(4).isEqualTo(answers.get(1).tokens());
  }

  @Test
  void theListenerSeesEveryTokenWithItsLogProbability() {
    LanguageModel model = open(WINDOWED, options());
    int[] prompt = tokens(9, 5);
    List<GeneratedToken> seen = new ArrayList<>();

    Generation answer =
        model.generate(Prompt.tokens(prompt), GenerationOptions.greedy(3), seen::add);

    assertThat(seen.stream().map(GeneratedToken::id).toList()).isEqualTo(answer.tokens());
    assertThat(seen.stream().map(GeneratedToken::index)).containsExactly(0, 1, 2);
    model.logits(
        prompt,
        (position, logits, routers) -> {
          if (position == prompt.length - 1) {
            int first = answer.tokens().getFirst();
            assertThat(seen.getFirst().logProbability())
                .isEqualTo((float) LogSoftmax.of(logits, first));
            assertThat(Sampler.greedy(logits)).isEqualTo(first);
          }
        });
  }

  @Test
  void aSessionKeepsWhatPromptsShareAndAnswersAsIfItHadNot() {
    LanguageModel model = open(MIXTURE, options());
    int[] first = tokens(20, 6);
    int[] second = tokens(40, 6); // begins with the first
    second[15] ^= 1;
    Session session = model.newSession();
    model.generate(requestOf(first, 6).withSession(session));

    Generation continued = model.generate(requestOf(second, 6).withSession(session));

    assertThat(continued.cachedTokens()).isEqualTo(15);
    assertThat(continued.tokens()).isEqualTo(model.generate(requestOf(second, 6)).tokens());
  }

  @Test
  void aSessionOverARolledBufferStartsAfreshAndStaysExact() {
    LanguageModel model = open(WINDOWED, options());
    int[] first = tokens(40, 7);
    int[] second = tokens(60, 7);
    Session session = model.newSession();
    Generation answer = model.generate(requestOf(first, 1).withSession(session));
    assertThat(answer.tokens()).hasSize(1);

    Generation continued = model.generate(requestOf(second, 6).withSession(session));
    second[10] ^= 1;
    Generation changed = model.generate(requestOf(second, 6).withSession(session));

    assertThat(continued.cachedTokens()).isEqualTo(40);
    assertThat(changed.cachedTokens()).isZero();
    assertThat(changed.tokens()).isEqualTo(model.generate(requestOf(second, 6)).tokens());
  }

  @Test
  void cancellationEndsAnAnswerAndTheModelGoesOn() {
    LanguageModel model = open(WINDOWED, options());
    AtomicInteger seen = new AtomicInteger();
    GenerationRequest request =
        requestOf(tokens(5, 8), 100)
            .withListener(token -> seen.incrementAndGet())
            .withCancellation(() -> seen.get() == 4);

    Generation answer = model.generate(request);

    assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(answer.tokens()).hasSize(4);
    assertThat(model.generate(requestOf(tokens(5, 8), 4)).tokens()).isEqualTo(answer.tokens());
  }

  @Test
  void cancellationEndsTheReadingOfAPromptBetweenChunks() {
    LanguageModel model = open(WINDOWED, options().withChunk(8));
    AtomicInteger steps = new AtomicInteger();

    Generation answer =
        model.generate(
            requestOf(tokens(40, 12), 5).withCancellation(() -> steps.getAndIncrement() == 3));

    assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(answer.tokens()).isEmpty();
    assertThat(answer.timings().prefillTokens()).isEqualTo(24);
    assertThat(answer.timings().decodeTokens()).isZero();
  }

  @Test
  void theContextEndsAnAnswer() {
    LanguageModel model = open(WINDOWED, options().withContext(24));

    Generation answer = model.generate(requestOf(tokens(20, 9), 100));

    assertThat(answer.tokens()).hasSize(4);
    assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(answer.promptTokens()).isEqualTo(20);
  }

  @Test
  void promptsThatDoNotFitOrDoNotExistAreRefused() {
    LanguageModel model = open(WINDOWED, options().withContext(24));

    assertThatThrownBy(() -> model.generate(requestOf(tokens(25, 1), 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the prompt has 25 tokens, but the context holds 24; shorten the prompt or raise the"
                + " option context");
    assertThatThrownBy(() -> model.generate(requestOf(new int[0], 1)))
        .hasMessage("the prompt is empty; give at least one token");
    assertThatThrownBy(() -> model.generate(requestOf(new int[] {1, 296}, 1)))
        .hasMessage("token id 296 is out of range; the model knows 0 to 295");
    assertThatThrownBy(
            () ->
                model.generate(
                    Prompt.tokens(1),
                    GenerationOptions.builder().logitBias(500, 1).build(),
                    token -> {}))
        .hasMessage("logit-bias names the token 500; wanted an id from 0 to 295");
    assertThatThrownBy(() -> model.generate(Prompt.text("x"), greedy(1), token -> {}))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("has no tokenizer; give token ids");
  }

  @Test
  void equalSeedsGiveEqualAnswersAndTheSeedIsReported() {
    LanguageModel model = open(WINDOWED, options());
    GenerationOptions random =
        GenerationOptions.builder().maxTokens(30).temperature(1.5).topP(1).build();

    Generation drawn = model.generate(Prompt.tokens(5), random, token -> {});
    Generation again =
        model.generate(
            Prompt.tokens(5),
            GenerationOptions.builder()
                .maxTokens(30)
                .temperature(1.5)
                .topP(1)
                .seed(drawn.seed())
                .build(),
            token -> {});

    assertThat(again.tokens()).isEqualTo(drawn.tokens());
  }

  @Test
  void routingOfAnAnswerIsRecordedPerToken() {
    LanguageModel model = open(MIXTURE, options());
    GenerationOptions options =
        GenerationOptions.builder().temperature(0).maxTokens(4).recordRouting(true).build();

    Generation answer = model.generate(Prompt.tokens(1, 2, 3), options, token -> {});

    assertThat(answer.routing()).hasSize(4);
    for (int i = 0; i < 3; i++) {
      assertThat(answer.routing().get(i).layers())
          .hasSize(3)
          .allSatisfy(choice -> assertThat(choice.experts()).hasSize(2));
    }
    assertThat(answer.routing().get(3).layers()).isEmpty();
    // the same experts as when the answer is read as a text
    int[] text = {1, 2, 3, answer.tokens().get(0), answer.tokens().get(1)};
    model.logits(
        text,
        (position, logits, routers) -> {
          if (position == 4) {
            assertThat(Sampler.greedy(routers[2]))
                .isEqualTo(answer.routing().get(1).layers().get(2).experts().getFirst());
          }
        });
  }

  @Test
  void theNumberOfExpertsPerTokenCanBeOverridden() {
    Path path = write(MIXTURE);
    LanguageModel one = keep(LanguageModel.open(path, options().withExpertsPerToken(1)));
    GenerationOptions options =
        GenerationOptions.builder().temperature(0).maxTokens(2).recordRouting(true).build();

    Generation answer = one.generate(Prompt.tokens(1), options, token -> {});

    assertThat(answer.routing().getFirst().layers().getFirst().experts()).hasSize(1);
    assertThatThrownBy(() -> LanguageModel.open(path, options().withExpertsPerToken(9)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("experts per token must be 1 to 8 (the experts of a layer), but are 9");
    Path dense = write(WINDOWED);
    assertThatThrownBy(() -> LanguageModel.open(dense, options().withExpertsPerToken(1)))
        .hasMessageContaining("this model is dense");
  }

  @Test
  void theWindowCanBeOverridden() {
    Path path = write(WINDOWED);
    int[] prompt = tokens(60, 10);

    int[] windowed = lastLogitBits(keep(LanguageModel.open(path, options())), prompt);
    int[] whole = lastLogitBits(keep(LanguageModel.open(path, options().withWindow(0))), prompt);
    int[] wide = lastLogitBits(keep(LanguageModel.open(path, options().withWindow(60))), prompt);

    assertThat(whole).isEqualTo(wide).isNotEqualTo(windowed);
  }

  @Test
  void logitsDoNotDependOnTheChunk() {
    int[] prompt = tokens(50, 11);

    assertThat(lastLogitBits(open(MIXTURE, options().withChunk(3)), prompt))
        .isEqualTo(lastLogitBits(open(MIXTURE, options().withChunk(64)), prompt));
  }

  @Test
  void aFileThatChangedSinceItWasOpenedIsNotUsed() throws IOException {
    LanguageModel model = open(WINDOWED, options());
    Files.setLastModifiedTime(
        model.files().path().resolve("model.safetensors"), FileTime.fromMillis(12345));

    assertThatThrownBy(() -> model.generate(requestOf(new int[] {1}, 1)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("model.safetensors");
  }

  @Test
  void aListenerMustNotCallTheModel() {
    LanguageModel model = open(WINDOWED, options());

    assertThatThrownBy(
            () ->
                model.generate(
                    Prompt.tokens(1),
                    greedy(2),
                    token -> model.generate(Prompt.tokens(1), greedy(1), inner -> {})))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a listener must not call it again");
  }

  @Test
  void aClosedModelSaysSo() {
    LanguageModel model = open(WINDOWED, options());
    model.close();
    model.close();

    assertThatThrownBy(() -> model.generate(Prompt.tokens(1), greedy(1), token -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the model is closed");
  }

  private static int[] lastLogitBits(LanguageModel model, int[] tokens) {
    int[] bits = new int[model.config().vocabSize()];
    model.logits(
        tokens,
        (position, logits, routers) -> {
          for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(logits[i]);
          }
        });
    return bits;
  }

  private static GenerationRequest request(int promptLength, int maxTokens, long seed) {
    return requestOf(tokens(promptLength, seed), maxTokens);
  }

  private static GenerationRequest requestOf(int[] prompt, int maxTokens) {
    return GenerationRequest.of(Prompt.tokens(prompt), greedy(maxTokens));
  }

  private static GenerationOptions greedy(int maxTokens) {
    return GenerationOptions.greedy(maxTokens);
  }

  /** Token ids from a seed; a longer list begins with the shorter. */
  private static int[] tokens(int count, long seed) {
    return new Random(seed).ints(count, 0, MIXTURE.vocabSize()).toArray();
  }

  private static ModelOptions options() {
    return ModelOptions.defaults().withKernels("scalar").withThreads(1).withKvType(DType.F16);
  }

  private LanguageModel open(ModelConfig config, ModelOptions options) {
    return keep(LanguageModel.open(write(config), options));
  }

  private Path write(ModelConfig config) {
    return TinyModelFiles.writeHuggingFace(
        folder.resolve("model" + System.nanoTime()), TinyModels.weights(config, 42));
  }

  private LanguageModel keep(LanguageModel model) {
    open.add(model);
    return model;
  }
}
