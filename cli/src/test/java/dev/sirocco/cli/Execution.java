package dev.sirocco.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A command that was run in this process.
 *
 * @param status exit status
 * @param out what it printed
 * @param err messages and progress
 */
record Execution(int status, String out, String err) {

  /** The default model, which is part of the project. */
  static final Path TINY = home().resolve("models/sirocco-tiny-Q8_0.gguf");

  /** The project's root folder. */
  static Path home() {
    return Path.of(Objects.requireNonNull(System.getProperty("sirocco.home"), "sirocco.home"));
  }

  /** Runs a command with empty input. */
  static Execution of(String... arguments) {
    return withInput("", arguments);
  }

  /** Runs a command that reads {@code input}, in a pipe. */
  static Execution withInput(String input, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Streams streams =
        new Streams(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintWriter(out),
            new PrintWriter(err),
            Streams.Terminals.NONE);
    int status = SiroccoCommand.execute(streams, arguments);
    return new Execution(status, out.toString(), err.toString());
  }

  /** The one JSON object on standard output. */
  JsonNode json() {
    if (status != 0) {
      throw new AssertionError("status " + status + ": " + err);
    }
    if (out.strip().contains("\n")) {
      throw new AssertionError("more than one line: " + out);
    }
    return JsonMapper.shared().readTree(out);
  }
}
