package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModelFiles.ExpertLayout;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.testkit.TinyVocabulary;
import dev.sirocco.weights.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text in, text out, on a tiny random model with a tokenizer. */
class AnswerTextTest {

  private static final Prompt PROMPT = Prompt.text("the hen and the tern");

  @TempDir Path folder;
  private Path path;
  private LanguageModel model;

  @BeforeEach
  void open() {
    path =
        TinyModelFiles.writeGguf(
            folder.resolve("tiny.gguf"),
            TinyModels.weights(TinyModels.mixture(), 5),
            ExpertLayout.MERGED);
    model = LanguageModel.open(path, ModelOptions.defaults().withKernels("scalar").withThreads(1));
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void streamedPiecesAddUpToTheTextOfTheTokens() {
    List<GeneratedToken> seen = new ArrayList<>();

    Generation answer = model.generate(PROMPT, random(60).ignoreEos(true).build(), seen::add);

    StringBuilder streamed = new StringBuilder();
    seen.forEach(token -> streamed.append(token.text()));
    assertThat(streamed.toString()).isEqualTo(answer.text());
    StringBuilder atOnce = new StringBuilder();
    var decoder = model.tokenizer().continuingDecoder();
    answer.tokens().forEach(id -> atOnce.append(decoder.next(id)));
    atOnce.append(decoder.finish());
    assertThat(answer.text()).isEqualTo(atOnce.toString()).isNotEmpty();
  }

  @Test
  void aCharacterOfSeveralBytesIsHandedOnWhole() {
    byte[] bytes = "é€😀".getBytes(StandardCharsets.UTF_8);
    AnswerText text = new AnswerText(new ModelText(model.files()).decoder(PROMPT), List.of());
    List<String> pieces = new ArrayList<>();
    for (byte b : bytes) {
      pieces.add(text.add(TinyVocabulary.FIRST_BYTE + (b & 0xff)));
    }

    assertThat(pieces).containsExactly("", "é", "", "", "€", "", "", "", "😀");
    assertThat(text.all()).isEqualTo("é€😀");
  }

  @Test
  void aStopStringEndsTheAnswerBeforeIt() {
    String whole = model.generate(PROMPT, random(60).ignoreEos(true).build(), t -> {}).text();
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 5);
    StringBuilder streamed = new StringBuilder();

    Generation cut =
        model.generate(
            PROMPT,
            random(60).ignoreEos(true).stop(stop).build(),
            token -> streamed.append(token.text()));

    assertThat(cut.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(cut.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(streamed.toString()).isEqualTo(cut.text());
  }

  @Test
  void theEndTokenEndsTheAnswerAndHasNoText() {
    GenerationOptions options =
        GenerationOptions.builder()
            .temperature(0)
            .maxTokens(10)
            .logitBias(TinyVocabulary.EOS, 1000)
            .build();

    Generation answer = model.generate(PROMPT, options, token -> {});

    assertThat(answer.tokens()).containsExactly(TinyVocabulary.EOS);
    assertThat(answer.text()).isEmpty();
    assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void textBeginsWithBosOnceAndControlTokensInItAreText() {
    assertThat(model.tokens(Prompt.text("the"))).startsWith(TinyVocabulary.BOS);
    assertThat(model.tokens(Prompt.text("</s>"))).doesNotContain(TinyVocabulary.EOS);
  }

  @Test
  void severalThreadsMayAskOneModel() throws Exception {
    GenerationOptions options = GenerationOptions.greedy(12);
    Generation alone = model.generate(PROMPT, options, token -> {});
    Callable<Generation> ask = () -> model.generate(PROMPT, options, token -> {});

    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (Future<Generation> answer : threads.invokeAll(List.of(ask, ask, ask, ask))) {
        assertThat(answer.get().tokens()).isEqualTo(alone.tokens());
      }
    }
  }

  @Test
  void aFileThatGrewSinceItWasOpenedIsNotUsed() throws IOException {
    Files.write(path, new byte[] {0}, StandardOpenOption.APPEND);

    assertThatThrownBy(() -> model.generate(PROMPT, GenerationOptions.greedy(1), t -> {}))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("tiny.gguf");
  }

  private static GenerationOptions.Builder random(int maxTokens) {
    return GenerationOptions.builder().maxTokens(maxTokens).temperature(1).topP(1).seed(3);
  }
}
