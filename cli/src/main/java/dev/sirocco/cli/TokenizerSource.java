package dev.sirocco.cli;

import dev.sirocco.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which tokenizer a command works with. */
final class TokenizerSource {

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "The tokenizer of this model: a GGUF file or a model's folder.")
  private Optional<Path> model = Optional.empty();

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "tokenizer.model (.v1, .v2, .v3), tokenizer.json, tekken.json or GGUF file.")
  private Optional<Path> tokenizer = Optional.empty();

  /** Reads the tokenizer. */
  Tokenizer load() {
    return Tokenizer.load(model.or(() -> tokenizer).orElseThrow());
  }
}
