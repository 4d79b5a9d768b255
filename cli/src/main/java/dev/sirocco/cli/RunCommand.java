package dev.sirocco.cli;

import dev.sirocco.cli.chat.Conversation;
import dev.sirocco.cli.chat.Palette;
import dev.sirocco.cli.chat.PipedChat;
import dev.sirocco.cli.chat.TerminalChat;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.LanguageModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code sirocco run}: a chat with a model. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a chat in the terminal, or in a pipe, where each line is a message.",
      "In the chat, /help lists the commands."
    })
final class RunCommand implements Callable<Integer> {

  private static final String DEFAULT_MODEL = "models/sirocco-tiny-Q8_0.gguf";
  private static final int MOST_ANSWER_TOKENS = 2048;
  private static final int LEAST_ANSWER_TOKENS = 16;

  @ParentCommand private SiroccoCommand program;
  @Mixin private SamplingOptions sampling;
  @Mixin private ComputeOptions compute;

  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      description = "GGUF file or model folder (default: the small model that comes with Sirocco).")
  private Optional<Path> path = Optional.empty();

  @Option(names = "--system", paramLabel = "TEXT", description = "System prompt.")
  private Optional<String> system = Optional.empty();

  @Override
  public Integer call() throws IOException {
    sampling.toBuilder(LEAST_ANSWER_TOKENS);
    try (LanguageModel model = compute.open(path.orElseGet(RunCommand::defaultModel))) {
      Streams streams = program.streams();
      if (streams.terminals().in() && streams.terminals().out()) {
        chatInTerminal(model);
      } else {
        try (Conversation conversation =
            conversation(model, streams.out(), new Palette(false), streams.out()::checkError)) {
          PipedChat.run(streams.in(), streams.out(), conversation);
        }
      }
    }
    return 0;
  }

  /** The small model that comes with Sirocco. */
  static Path defaultModel() {
    String home = System.getProperty("sirocco.home");
    if (home == null) {
      throw new CommandFailure(
          "no model is named, and where Sirocco's own lies is not known; start with ./sirocco, or"
              + " name a model: run PATH");
    }
    return Path.of(home).resolve(DEFAULT_MODEL);
  }

  private void chatInTerminal(LanguageModel model) throws IOException {
    boolean coloured = System.getenv("NO_COLOR") == null;
    Palette palette = new Palette(coloured);
    try (TerminalChat chat = TerminalChat.ofProcess(TerminalChat.historyFile());
        Conversation conversation =
            conversation(model, chat.terminal().writer(), palette, chat::cancelled)) {
      PrintWriter out = chat.terminal().writer();
      out.println(
          "%s, %d tokens of context, %s"
              .formatted(model.files().path().getFileName(), model.context(), model.kernels()));
      if (path.isEmpty()) {
        out.println(
            "This small model comes with Sirocco and babbles; ./sirocco run PATH opens another.");
      }
      out.println("/help lists the commands, Ctrl-C stops an answer, Ctrl-D leaves.");
      out.flush();
      chat.run(conversation, error -> "sirocco: " + error.getMessage());
    }
  }

  private Conversation conversation(
      LanguageModel model, PrintWriter out, Palette palette, BooleanSupplier cancelled) {
    int mostTokens = Math.clamp(model.context() / 4, LEAST_ANSWER_TOKENS, MOST_ANSWER_TOKENS);
    GenerationOptions options =
        sampling.toBuilder(mostTokens).recordRouting(model.config().moe().isPresent()).build();
    return new Conversation(model, options, system, out, palette, cancelled);
  }
}
