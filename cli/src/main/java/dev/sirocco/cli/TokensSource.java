package dev.sirocco.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which token ids a command works on. */
final class TokensSource {

  @Option(
      names = "--tokens",
      paramLabel = "IDS",
      converter = TokenList.Converter.class,
      description = "Token ids: 1,2,3.")
  private Optional<TokenList> tokens = Optional.empty();

  @Option(
      names = "--tokens-file",
      paramLabel = "F.json",
      description = "A JSON array of token ids, or an object with one as \"tokens\".")
  private Optional<Path> file = Optional.empty();

  /** The ids. */
  TokenList read() throws IOException {
    return file.isPresent() ? TokenList.read(file.get()) : tokens.orElseThrow();
  }
}
