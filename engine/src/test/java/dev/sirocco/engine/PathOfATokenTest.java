package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.kernels.KernelOptions;
import dev.sirocco.kernels.Kernels;
import dev.sirocco.kernels.ScalarKernels;
import dev.sirocco.model.Batch;
import dev.sirocco.model.KvCache;
import dev.sirocco.model.Transformer;
import dev.sirocco.tensor.DType;
import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.StreamingDecoder;
import dev.sirocco.tokenizer.Tokenizer;
import dev.sirocco.weights.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Walks a model along docs/path-of-a-token.md, and holds the page and the Javadoc to each other.
 */
class PathOfATokenTest {

  private static final Path HOME =
      Path.of(Objects.requireNonNull(System.getProperty("sirocco.home")));
  private static final Path TINY = HOME.resolve("models/sirocco-tiny-Q8_0.gguf");
  private static final int MAX_TOKENS = 8;

  @Test
  void theStopsOneAfterTheOtherGiveTheAnswerThatTheModelGives() {
    List<ChatMessage> messages = List.of(ChatMessage.user("Tell me of a king"));
    ModelOptions options = ModelOptions.defaults().withKernels("scalar").withThreads(1);
    try (LanguageModel model = LanguageModel.open(TINY, options)) {
      Generation answer =
          model.generate(Prompt.chat(messages), GenerationOptions.greedy(MAX_TOKENS), token -> {});
      assertThat(byHand(messages)).isEqualTo(answer.text()).isNotBlank();
    }
  }

  private static String byHand(List<ChatMessage> messages) {
    try (ModelFiles files = ModelFiles.open(TINY);
        Kernels kernels = new ScalarKernels(new KernelOptions(1));
        Transformer transformer = new Transformer(files.config(), files, kernels, DType.F16, 64)) {
      Tokenizer tokenizer = Tokenizer.load(TINY);
      int[] prompt = ChatFormat.of(tokenizer).render(messages, List.of()).tokens();
      return decode(transformer, tokenizer, prompt);
    }
  }

  private static String decode(Transformer transformer, Tokenizer tokenizer, int[] prompt) {
    Sampler sampler = new Sampler(GenerationOptions.greedy(MAX_TOKENS), 0, Set.of());
    StreamingDecoder decoder = tokenizer.continuingDecoder();
    StringBuilder text = new StringBuilder();
    try (KvCache cache = transformer.newCache(prompt.length + MAX_TOKENS)) {
      int[] next = prompt;
      for (int i = 0; i < MAX_TOKENS; i++) {
        transformer.forward(Batch.of(cache, next));
        int token = sampler.choose(transformer.logits(next.length - 1).row(0));
        text.append(decoder.next(token));
        next = new int[] {token};
      }
    }
    return text.append(decoder.finish()).toString();
  }

  @Test
  void eachStopsJavadocEndsWithTheNextStopOfThePage() throws IOException {
    List<String> stops =
        Pattern.compile("(?m)^## \\d+\\. `(\\w+)`$")
            .matcher(Files.readString(HOME.resolve("docs/path-of-a-token.md")))
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(stops).startsWith("LanguageModel").endsWith("StreamingDecoder").hasSize(13);
    for (int i = 0; i + 1 < stops.size(); i++) {
      assertThat(lastSee(stops.get(i)))
          .as("last @see of " + stops.get(i))
          .containsPattern("\\b" + stops.get(i + 1) + "\\b");
    }
  }

  /** The last {@code @see} of a class's own Javadoc. */
  private static String lastSee(String className) throws IOException {
    String source = Files.readString(source(className));
    String javadoc =
        source.substring(
            0,
            source.lastIndexOf(
                "*/",
                Pattern.compile("(?m)^(public |final |record |class |interface )")
                    .matcher(source)
                    .results()
                    .findFirst()
                    .map(MatchResult::start)
                    .orElseThrow()));
    return javadoc.substring(javadoc.lastIndexOf("@see"));
  }

  private static Path source(String className) throws IOException {
    try (Stream<Path> files = Files.walk(HOME)) {
      return files
          .filter(file -> file.endsWith(className + ".java"))
          .filter(file -> file.toString().contains("/src/main/"))
          .findFirst()
          .orElseThrow();
    }
  }
}
