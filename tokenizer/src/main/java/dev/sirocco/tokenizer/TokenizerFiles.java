package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds out what kind of tokenizer file a path is, and reads it. */
final class TokenizerFiles {

  private TokenizerFiles() {}

  static Tokenizer load(Path path) {
    if (!Files.exists(path)) {
      throw new ModelFormatException(path + ": there is no such file or folder");
    }
    throw new ModelFormatException(path + ": not a tokenizer file");
  }
}
