package dev.sirocco.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model a command works on. */
final class ModelArgument {

  @Option(
      names = {"-m", "--model"},
      required = true,
      paramLabel = "PATH",
      description =
          "GGUF file (of a split one, any part), or a folder in Hugging Face's or Mistral's own layout.")
  private Path path;

  Path path() {
    return path;
  }
}
