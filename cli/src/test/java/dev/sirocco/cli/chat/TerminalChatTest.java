package dev.sirocco.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chat at a terminal that is made of streams: what a person types, and what they see. */
class TerminalChatTest {

  private static final Path TINY =
      Path.of(Objects.requireNonNull(System.getProperty("sirocco.home")))
          .resolve("models/sirocco-tiny-Q8_0.gguf");
  private static final String LEFT = "\033OD";
  private static final String UP = "\033OA";
  private static final String CTRL_D = "\004";

  @TempDir private Path folder;
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

  private Terminal terminal(String typed) throws IOException {
    Terminal terminal =
        new ExternalTerminal(
            "test",
            "xterm-256color",
            new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)),
            screen,
            StandardCharsets.UTF_8);
    terminal.setSize(Size.of(100, 40));
    return terminal;
  }

  /** Types into a chat, and gives what was shown. */
  private String chat(String typed, boolean interrupted) throws IOException {
    Terminal terminal = terminal(typed);
    try (TerminalChat chat = new TerminalChat(terminal, Optional.of(folder.resolve("history")));
        LanguageModel model =
            LanguageModel.open(TINY, ModelOptions.defaults().withKernels("scalar").withThreads(1));
        Conversation conversation =
            new Conversation(
                model,
                GenerationOptions.builder()
                    .temperature(0)
                    .maxTokens(interrupted ? 200 : 6)
                    .recordRouting(true)
                    .build(),
                Optional.empty(),
                terminal.writer(),
                new Palette(true),
                () -> {
                  if (interrupted) {
                    terminal.raise(Signal.INT);
                  }
                  return chat.cancelled();
                })) {
      chat.run(conversation, error -> "failed: " + error.getMessage());
    }
    return screen.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLineIsEditedBeforeItIsSent() throws IOException {
    chat("/sytem Be kid." + LEFT + LEFT + "n\r/quit\r", false);
    assertThat(Files.readString(folder.resolve("history"))).contains("/sytem Be kind.");
  }

  @Test
  void aCommandIsCompletedWhereALineBeginsAndNowhereElse() throws IOException {
    chat("/sta\t\r/fly /sta\t\r" + CTRL_D, false);
    assertThat(Files.readString(folder.resolve("history")))
        .containsPattern(":/stats ?\n")
        .containsPattern(":/fly /sta ?\n");
  }

  @Test
  void earlierLinesComeBack() throws IOException {
    String shown = chat("/fly\r" + UP + "\r" + CTRL_D, false);
    assertThat(shown.split("unknown command /fly", -1)).hasSize(3);
  }

  @Test
  void linesOfAnEarlierChatComeBack() throws IOException {
    chat("/swim\r" + CTRL_D, false);
    screen.reset();
    assertThat(chat(UP + "\r" + CTRL_D, false)).contains("unknown command /swim");
  }

  @Test
  void ctrlCStopsAnAnswerAndNotTheChat() throws IOException {
    String shown = chat("Hello\r/stats\r" + CTRL_D, true);
    assertThat(shown).contains("(stopped)").contains("ended by cancelled");
  }

  @Test
  void expertsAreShownInTheirColours() throws IOException {
    String shown = chat("Hello\r/experts\r" + CTRL_D, false);
    assertThat(shown).contains("experts of layers 0 to 3").contains("38;5;");
  }

  @Test
  void aMessageThatDoesNotFitIsToldAndTheChatGoesOn() throws IOException {
    String shown = chat("word ".repeat(1500) + "\r/fly\r" + CTRL_D, false);
    assertThat(shown).contains("failed: ").contains("context").contains("unknown command /fly");
  }
}
