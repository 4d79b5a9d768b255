package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerplexityTest {

  private static final int[] TOKENS = new Random(1).ints(53, 3, 296).toArray();

  @TempDir Path folder;

  @Test
  void theSecondHalfOfEachWindowIsScoredAfterItsFirstTokenBecameBos() {
    try (LanguageModel model = model()) {
      List<Double> nlls = new ArrayList<>();
      for (int w = 0; w < 3; w++) {
        int[] window = Arrays.copyOfRange(TOKENS, w * 16, (w + 1) * 16);
        window[0] = 1;
        model.logits(
            window,
            (position, logits, routers) -> {
              if (position >= 8 && position <= 14) {
                nlls.add(-LogSoftmax.of(logits, window[position + 1]));
              }
            });
      }
      double mean = nlls.stream().mapToDouble(x -> x).average().orElseThrow();
      double variance =
          nlls.stream().mapToDouble(x -> (x - mean) * (x - mean)).average().orElseThrow();

      List<Perplexity.Result> progress = new ArrayList<>();
      Perplexity.Result result =
          Perplexity.measure(
              model, TOKENS, OptionalInt.of(1), 16, OptionalInt.empty(), progress::add);

      assertThat(result.tokens()).isEqualTo(21);
      assertThat(result.nll()).isCloseTo(mean, within(1e-9));
      assertThat(result.perplexity()).isCloseTo(Math.exp(mean), within(1e-6));
      assertThat(result.stderr())
          .isCloseTo(Math.exp(mean) * Math.sqrt(variance / 20), within(1e-6));
      assertThat(progress).hasSize(3).last().isEqualTo(result);
      assertThat(progress.getFirst().windowsDone()).isEqualTo(1);
      assertThat(progress.getFirst().windows()).isEqualTo(3);
    }
  }

  @Test
  void theNumberOfWindowsCanBeBounded() {
    try (LanguageModel model = model()) {
      assertThat(measure(model, 16, OptionalInt.of(2)).tokens()).isEqualTo(14);
      assertThat(measure(model, 16, OptionalInt.of(9)).tokens()).isEqualTo(21);
    }
  }

  @Test
  void aTextShorterThanAWindowIsRefused() {
    try (LanguageModel model = model()) {
      assertThatThrownBy(() -> measure(model, 54, OptionalInt.empty()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the text has 53 tokens, but a window takes 54; give a longer text or a smaller context");
      assertThatThrownBy(() -> measure(model, 2, OptionalInt.empty()))
          .hasMessage(
              "a window of perplexity must have 4 tokens or more, and fit the context of 512, but has 2");
    }
  }

  private static Perplexity.Result measure(LanguageModel model, int window, OptionalInt most) {
    return Perplexity.measure(model, TOKENS, OptionalInt.empty(), window, most, result -> {});
  }

  private LanguageModel model() {
    Path path =
        TinyModelFiles.writeHuggingFace(
            folder.resolve("model"), TinyModels.weights(TinyModels.mixture(), 3));
    return LanguageModel.open(path, ModelOptions.defaults().withKernels("scalar").withThreads(1));
  }
}
