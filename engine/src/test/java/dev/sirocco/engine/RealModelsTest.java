package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sirocco.kernels.KernelSelection;
import dev.sirocco.tensor.DType;
import dev.sirocco.testkit.Shared;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Trained models against what other engines computed from the same files. */
class RealModelsTest {

  private static final String SMOLLM = "models/SmolLM2-135M-Instruct";

  /**
   * The reference sums its attention in half precision: a computation in double precision differs
   * from its log-probabilities by at most 3.1e-3, and by more than 2e-3 in one step of 120. So all
   * but one are held to 2e-3.
   */
  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void stories260KTellsTheReferencesStory(String kernels) {
    JsonNode expected = Shared.json("models/stories260K.expected.json");
    List<GeneratedToken> tokens = new ArrayList<>();
    try (LanguageModel model = open("models/stories260K.gguf", kernels, 1)) {
      Generation story =
          model.generate(
              Prompt.text(expected.get("prompt").asString()),
              GenerationOptions.greedy(expected.get("n_predict").asInt()),
              tokens::add);

      assertThat(story.tokens()).isEqualTo(ints(expected.get("tokens")));
      assertThat(story.text()).isEqualTo(expected.get("content").asString());
    }
    double[] differences =
        tokens.stream()
            .mapToDouble(
                token -> {
                  JsonNode step = expected.get("steps").get(token.index());
                  return Math.abs(token.logProbability() - step.get("logprob").asDouble());
                })
            .sorted()
            .toArray();
    assertThat(differences[118]).isLessThanOrEqualTo(2e-3);
    assertThat(differences[119]).isLessThanOrEqualTo(3.2e-3);
  }

  /** Perplexities of sirocco-tiny, computed exactly from the dequantised weights. */
  private static final Map<String, Double> EXACT =
      Map.of(
          "Q8_0", 73.9738,
          "Q6_K", 73.9896,
          "Q5_K_S", 74.1956,
          "Q5_0", 74.4025,
          "Q4_K_S", 74.7736,
          "IQ4_NL", 74.9753,
          "IQ4_XS", 74.9220,
          "Q4_0", 75.0629,
          "Q3_K_S", 77.4453,
          "Q2_K", 90.6353);

  static Stream<Arguments> quantisationsAndKernels() {
    return EXACT.keySet().stream()
        .sorted()
        .flatMap(type -> Stream.of("scalar", "vector").map(k -> Arguments.of(type, k)));
  }

  @ParameterizedTest
  @MethodSource("quantisationsAndKernels")
  void everyQuantisationOfSiroccoTinyHasItsExactPerplexity(String type, String kernels) {
    double perplexity =
        perplexity("models/sirocco-tiny-" + type + ".gguf", kernels, OptionalInt.empty());

    assertThat(perplexity).isCloseTo(EXACT.get(type), permyriad(2));
  }

  static Stream<String> quantisations() {
    return EXACT.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("quantisations")
  void nativeKernelsKeepThePerplexityOfSiroccoTinyWithinThreeTenthsOfAPercent(String type) {
    assumeTrue(KernelSelection.nativeProblem().isEmpty(), "no native kernels here");

    double perplexity =
        perplexity("models/sirocco-tiny-" + type + ".gguf", "native", OptionalInt.empty());

    assertThat(perplexity).isCloseTo(EXACT.get(type), permyriad(30));
  }

  @Test
  void smolLmKnowsTheCapitalOfFranceWithTheAutomaticChoiceOfKernels() {
    try (LanguageModel model = open(SMOLLM + ".Q4_1.gguf", "auto")) {
      Generation answer =
          model.generate(
              Prompt.chat(List.of(ChatMessage.user("What is the capital of France?"))),
              GenerationOptions.greedy(24),
              token -> {});

      assertThat(answer.text()).contains("Paris");
    }
  }

  @Test
  void smolLmHasItsExactPerplexity() {
    double perplexity = perplexity(SMOLLM + ".Q4_1.gguf", "vector", OptionalInt.empty());

    assertThat(perplexity).isCloseTo(smolLmPerplexity("exact"), permyriad(2));
  }

  @Test
  void scalarKernelsGiveSmolLmItsExactPerplexityOnTheFirstFourWindows() {
    double perplexity = perplexity(SMOLLM + ".Q4_1.gguf", "scalar", OptionalInt.of(4));

    assertThat(perplexity).isCloseTo(smolLmPerplexity("exact_first_4_windows"), permyriad(2));
  }

  private static double smolLmPerplexity(String name) {
    return smolLm().get("perplexity").get(0).get(name).asDouble();
  }

  @Test
  void smolLmAnswersEveryChatAsTheReferenceDoes() {
    try (LanguageModel model = open(SMOLLM + ".Q4_1.gguf", "vector")) {
      for (JsonNode chat : smolLm().get("chat")) {
        List<ChatMessage> messages = messages(chat);
        assertThat(model.chatFormat().render(messages, List.of()).text())
            .isEqualTo(chat.get("prompt").asString());
        assertThat(model.tokens(Prompt.chat(messages)))
            .containsExactly(ints(chat.get("prompt_ids")).stream().mapToInt(i -> i).toArray());
        compareAnswer(model, chat, messages);
      }
    }
  }

  private static void compareAnswer(
      LanguageModel model, JsonNode chat, List<ChatMessage> messages) {
    List<Integer> expected = ints(chat.get("greedy_ids"));
    Generation answer =
        model.generate(
            Prompt.chat(messages), GenerationOptions.greedy(expected.size()), token -> {});
    for (int i = 0; i < expected.size(); i++) {
      boolean equal = i < answer.tokens().size() && answer.tokens().get(i).equals(expected.get(i));
      if (!equal && margin(chat.get("steps").get(i)) <= 1e-2) {
        return;
      }
      assertThat(equal).as("token %d of %s", i, answer.text()).isTrue();
    }
    assertThat(answer.text()).isEqualTo(chat.get("text").asString());
  }

  private static double margin(JsonNode step) {
    JsonNode top = step.get("top5");
    return top.get(0).get(1).asDouble() - top.get(1).get(1).asDouble();
  }

  @Test
  void aChatSessionRemembersAndReadsOnlyWhatIsNew() {
    try (LanguageModel model = open(SMOLLM + ".Q4_1.gguf", "vector");
        ChatSession chat = model.newChat()) {
      chat.setSystem(Optional.of("You are a helpful assistant."));
      GenerationOptions options = GenerationOptions.greedy(24);
      Generation first =
          chat.send("What is the capital of France?", options, token -> {}, () -> false);
      Generation second = chat.send("And of Italy?", options, token -> {}, () -> false);

      assertThat(first.text()).contains("Paris");
      assertThat(second.cachedTokens()).isGreaterThan(first.promptTokens());
      assertThat(chat.messages()).hasSize(5);
      Generation afresh =
          model.generate(Prompt.chat(chat.messages().subList(0, 4)), options, token -> {});
      assertThat(second.tokens()).isEqualTo(afresh.tokens());

      chat.reset();
      assertThat(chat.messages()).hasSize(1);
      assertThat(chat.cachedTokens()).isZero();
    }
  }

  private static List<ChatMessage> messages(JsonNode chat) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : chat.get("messages")) {
      String content = message.get("content").asString();
      messages.add(
          switch (Role.valueOf(message.get("role").asString().toUpperCase(Locale.ROOT))) {
            case SYSTEM -> ChatMessage.system(content);
            case USER -> ChatMessage.user(content);
            case ASSISTANT -> ChatMessage.assistant(content);
            default -> throw new IllegalArgumentException(message.toString());
          });
    }
    return messages;
  }

  private static double perplexity(String file, String kernels, OptionalInt windows) {
    try (LanguageModel model = open(file, kernels)) {
      return Perplexity.measure(
              model, Shared.text("models/sirocco-tiny-heldout.txt"), 256, windows, result -> {})
          .perplexity();
    }
  }

  private static Percentage permyriad(double hundredthsOfAPercent) {
    return Percentage.withPercentage(hundredthsOfAPercent / 100);
  }

  private static JsonNode smolLm() {
    return Shared.json(SMOLLM + ".expected.json");
  }

  private static List<Integer> ints(JsonNode array) {
    List<Integer> values = new ArrayList<>();
    array.forEach(value -> values.add(value.asInt()));
    return values;
  }

  private static LanguageModel open(String file, String kernels) {
    return open(file, kernels, 2);
  }

  private static LanguageModel open(String file, String kernels, int threads) {
    return LanguageModel.open(
        Shared.path(file),
        ModelOptions.defaults().withKernels(kernels).withThreads(threads).withKvType(DType.F32));
  }
}
