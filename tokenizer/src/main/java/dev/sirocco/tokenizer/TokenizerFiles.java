package dev.sirocco.tokenizer;

import dev.sirocco.weights.GgufFile;
import dev.sirocco.weights.ModelFiles;
import dev.sirocco.weights.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds out what kind of tokenizer file a path is, and reads it. */
final class TokenizerFiles {

  /** The largest tokenizer file that is read; the largest known has a fifth of that. */
  private static final long MOST_BYTES = 1L << 27;

  private static final Pattern VERSIONED = Pattern.compile("tokenizer\\.model\\.(v\\d+).*");

  private TokenizerFiles() {}

  static Tokenizer load(ModelFiles model) {
    if (model.ggufMetadata().isPresent()) {
      return GgufVocabulary.tokenizer(model.path().toString(), model.ggufMetadata().get());
    }
    return loadFolder(model.folder().orElse(model.path()));
  }

  static Tokenizer load(Path path) {
    if (Files.isDirectory(path)) {
      return loadFolder(path);
    }
    if (!Files.exists(path)) {
      throw new ModelFormatException(
          path + ": there is no such file; wanted a tokenizer file or a folder with one");
    }
    String name = String.valueOf(path.getFileName());
    if (name.endsWith(".gguf")) {
      try (GgufFile gguf = GgufFile.open(path)) {
        return GgufVocabulary.tokenizer(path.toString(), gguf.metadata());
      }
    }
    byte[] bytes = read(path);
    SideFiles side = SideFiles.beside(path);
    if (looksLikeJson(bytes)) {
      return TekkenFile.looksLikeOne(bytes)
          ? TekkenFile.tokenizer(path.toString(), bytes, side.chatTemplate())
          : HuggingFaceTokenizer.tokenizer(path.toString(), bytes, side);
    }
    Matcher version = VERSIONED.matcher(name);
    return SentencePieceTokenizers.ofModel(
        path.toString(),
        bytes,
        side,
        version.matches() ? Optional.of(version.group(1)) : Optional.empty());
  }

  /** Mistral's own files come first, since they are exact for its models. */
  private static Tokenizer loadFolder(Path folder) {
    Path tekken = folder.resolve("tekken.json");
    if (Files.exists(tekken)) {
      return load(tekken);
    }
    Optional<Path> versioned = newestVersioned(folder);
    if (versioned.isPresent()) {
      return load(versioned.get());
    }
    for (String name : new String[] {"tokenizer.json", "tokenizer.model"}) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        return load(file);
      }
    }
    throw new ModelFormatException(
        folder
            + ": found no tokenizer; wanted one of tekken.json, tokenizer.model.v*, tokenizer.json,"
            + " tokenizer.model; copy it there or name it with --tokenizer");
  }

  private static Optional<Path> newestVersioned(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> VERSIONED.matcher(file.getFileName().toString()).matches())
          .max(Comparator.comparing(file -> file.getFileName().toString()));
    } catch (IOException e) {
      throw new ModelFormatException(folder + ": cannot be listed: " + e, e);
    }
  }

  static byte[] read(Path path) {
    try {
      long size = Files.size(path);
      if (size > MOST_BYTES) {
        throw new ModelFormatException(
            "%s: has %d bytes, but a tokenizer has at most %d; name the right file"
                .formatted(path, size, MOST_BYTES));
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new ModelFormatException(path + ": cannot be read: " + e, e);
    }
  }

  private static boolean looksLikeJson(byte[] bytes) {
    for (byte b : bytes) {
      if (!Character.isWhitespace(b)) {
        return b == '{';
      }
    }
    return false;
  }
}
