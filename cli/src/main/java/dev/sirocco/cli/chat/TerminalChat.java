package dev.sirocco.cli.chat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.ArgumentCompleter;
import org.jline.reader.impl.completer.NullCompleter;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;

/**
 * A chat in a terminal, with line editing and history. Ctrl-C stops the answer that is being
 * written; at the prompt it discards the line.
 */
public final class TerminalChat implements AutoCloseable {

  private static final String PROMPT = "> ";
  private static final String CONTINUATION = "… ";

  private final Terminal terminal;
  private final LineReader reader;
  private final AtomicBoolean cancelled = new AtomicBoolean();

  /**
   * Takes over the process's terminal.
   *
   * @param history where earlier lines are kept; empty to forget them
   */
  public static TerminalChat ofProcess(Optional<Path> history) throws IOException {
    return new TerminalChat(
        TerminalBuilder.builder()
            .system(true)
            .nativeSignals(true)
            .encoding(StandardCharsets.UTF_8)
            .build(),
        history);
  }

  TerminalChat(Terminal terminal, Optional<Path> history) {
    this.terminal = terminal;
    terminal.handle(Signal.INT, signal -> cancelled.set(true));
    LineReaderBuilder builder =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("sirocco")
            .completer(
                new ArgumentCompleter(
                    new StringsCompleter(Conversation.COMMANDS), NullCompleter.INSTANCE))
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.INSERT_TAB, false)
            .variable(LineReader.COMPLETION_STYLE_GROUP, "");
    history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
    reader = builder.build();
  }

  /** Where lines are kept from one chat to the next, if that folder can be made. */
  public static Optional<Path> historyFile() {
    String state = System.getenv("XDG_STATE_HOME");
    Path base =
        state == null || state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    try {
      return Optional.of(Files.createDirectories(base.resolve("sirocco")).resolve("history"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The terminal, for what is to be shown before the first prompt. */
  public Terminal terminal() {
    return terminal;
  }

  /** Whether Ctrl-C was pressed since the last line was read. */
  public boolean cancelled() {
    return cancelled.get();
  }

  /**
   * Takes line after line until the person leaves.
   *
   * @param describe tells why a message could not be answered
   */
  public void run(Conversation conversation, Function<RuntimeException, String> describe) {
    boolean goesOn = true;
    while (goesOn) {
      Optional<String> line = readLine();
      if (line.isEmpty()) {
        return;
      }
      cancelled.set(false);
      try {
        goesOn = conversation.take(line.get());
      } catch (IllegalArgumentException e) {
        terminal.writer().println(describe.apply(e));
        terminal.flush();
      }
    }
  }

  /** The next line, with its continuations; empty if the person leaves. */
  private Optional<String> readLine() {
    StringBuilder message = new StringBuilder();
    while (true) {
      try {
        String line = reader.readLine(message.isEmpty() ? PROMPT : CONTINUATION);
        if (!line.endsWith("\\")) {
          return Optional.of(message.append(line).toString());
        }
        message.append(line, 0, line.length() - 1).append('\n');
      } catch (UserInterruptException e) {
        message.setLength(0);
        if (e.getPartialLine().isEmpty()) {
          terminal.writer().println("(Ctrl-D or /quit leaves)");
          terminal.flush();
        }
      } catch (EndOfFileException e) {
        return Optional.empty();
      }
    }
  }

  @Override
  public void close() throws IOException {
    terminal.close();
  }
}
