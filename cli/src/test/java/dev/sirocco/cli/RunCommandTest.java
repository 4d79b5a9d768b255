package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.testkit.Shared;
import org.junit.jupiter.api.Test;

/** The chat through a pipe. */
class RunCommandTest {

  private static final String[] QUIET = {"run", "--temperature", "0", "--max-tokens", "8"};

  @Test
  void eachLineIsAMessage() {
    Execution chat = Execution.withInput("Hello\n\nHow are you?\n", QUIET);
    assertThat(chat.status()).isZero();
    assertThat(chat.err()).isEmpty();
    Execution first = Execution.withInput("Hello\n", QUIET);
    assertThat(chat.out()).startsWith(first.out()).isNotEqualTo(first.out());
    assertThat(chat.out()).doesNotContain("\033");
  }

  @Test
  void resetForgetsTheConversation() {
    String once = Execution.withInput("Hello\n", QUIET).out();
    String reset = Execution.withInput("Hello\n/reset\nHello\n", QUIET).out();
    assertThat(reset).startsWith(once).endsWith(once);
  }

  @Test
  void theSystemPromptIsSetShownAndRemoved() {
    String out =
        Execution.withInput("/system\n/system Be kind.\n/system\n/system none\n/system\n", QUIET)
            .out();
    assertThat(out.lines())
        .containsExactly(
            "(no system prompt)",
            "(the system prompt is set)",
            "Be kind.",
            "(the system prompt is removed)",
            "(no system prompt)");
  }

  @Test
  void theSystemPromptIsPartOfWhatTheModelReads() {
    String without = Execution.withInput("Hello\n/stats\n", QUIET).out();
    String with = Execution.withInput("/system Be kind.\nHello\n/stats\n", QUIET).out();
    assertThat(promptTokens(with)).isGreaterThan(promptTokens(without));
  }

  private static int promptTokens(String out) {
    String line = out.lines().filter(l -> l.startsWith("prompt ")).findFirst().orElseThrow();
    return Integer.parseInt(line.replaceAll("^prompt +(\\d+) tokens.*", "$1"));
  }

  @Test
  void theSecondTurnComputesOnlyWhatIsNew() {
    String out = Execution.withInput("Hello\nAnd then?\n/stats\n", QUIET).out();
    assertThat(out).containsPattern("prompt +\\d+ tokens, [1-9]\\d* of them read before");
  }

  @Test
  void expertsAreShownForEachTokenOfTheLastAnswer() {
    String out =
        Execution.withInput("/experts\nHello\n/experts\n/experts 3\n/experts 4\n", QUIET).out();
    assertThat(out).contains("no answer yet", "experts of layers 0 to 3");
    assertThat(out.lines().filter(l -> l.matches(".* [0-7]{2} [0-7]{2} [0-7]{2} [0-7]{2}")))
        .hasSizeGreaterThanOrEqualTo(7);
    assertThat(out).contains("expert 7 ").contains("/experts takes a layer from 0 to 3, not '4'");
  }

  @Test
  void helpListsTheCommandsAndUnknownOnesAreNamed() {
    String out = Execution.withInput("/help\n/fly\n/quit\nHello\n", QUIET).out();
    assertThat(out).contains("/reset", "/system TEXT", "/stats", "/experts", "Ctrl-C");
    assertThat(out.lines().toList().getLast()).isEqualTo("unknown command /fly; /help lists them");
  }

  @Test
  void aConversationThatFillsTheContextIsForgotten() {
    Execution chat =
        Execution.withInput(
            "Tell me a story\nGo on\nGo on\nGo on\n",
            "run",
            "--context",
            "48",
            "--max-tokens",
            "14",
            "--temperature",
            "0");
    assertThat(chat.status()).isZero();
    assertThat(chat.out())
        .contains("(the conversation filled the context of 48 tokens and is forgotten)");
  }

  @Test
  void aRealModelKnowsTheCapitalOfFrance() {
    String model = Shared.path("models/SmolLM2-135M-Instruct.Q4_1.gguf").toString();
    Execution chat =
        Execution.withInput("What is the capital of France?\n", "run", model, "--temperature", "0");
    assertThat(chat.out()).contains("Paris");
  }
}
