package dev.sirocco.engine;

import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.StreamingDecoder;
import dev.sirocco.tokenizer.Tokenizer;
import dev.sirocco.weights.ModelFiles;
import dev.sirocco.weights.ModelFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The way from prompts to token ids and back, as far as the model brings a tokenizer; without one,
 * tokens still become tokens.
 */
final class ModelText {

  private final Path path;
  private final Optional<Tokenizer> tokenizer;
  private volatile @Nullable ChatFormat chatFormat;

  ModelText(ModelFiles files) {
    this.path = files.path();
    this.tokenizer =
        isTokenizerThere(files) ? Optional.of(Tokenizer.load(files)) : Optional.empty();
  }

  private static boolean isTokenizerThere(ModelFiles files) {
    return files
        .ggufMetadata()
        .map(metadata -> metadata.keys().contains("tokenizer.ggml.model"))
        .orElseGet(() -> files.folder().map(ModelText::holdsTokenizer).orElse(false));
  }

  private static boolean holdsTokenizer(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .anyMatch(name -> name.matches("tokenizer\\.(json|model.*)|tekken\\.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean hasTokenizer() {
    return tokenizer.isPresent();
  }

  Tokenizer tokenizer() {
    return tokenizer.orElseThrow(
        () ->
            new ModelFormatException(
                path
                    + " has no tokenizer; give token ids, or put tokenizer.model or tokenizer.json beside the model"));
  }

  ChatFormat chatFormat() {
    ChatFormat known = chatFormat;
    if (known == null) {
      known = ChatFormat.of(tokenizer());
      chatFormat = known;
    }
    return known;
  }

  /** The ids of a prompt; at least one. */
  int[] encode(Prompt prompt) {
    int[] ids =
        switch (prompt) {
          case Prompt.Text(String text) ->
              tokenizer().encode(text, tokenizer().addBosByDefault(), false);
          case Prompt.Tokens(var given) -> given.stream().mapToInt(Integer::intValue).toArray();
          case Prompt.Chat(var messages, var tools) ->
              chatFormat().render(messages, tools).tokens();
        };
    if (ids.length == 0) {
      throw new IllegalArgumentException("the prompt is empty; give at least one token");
    }
    return ids;
  }

  /** Texts that end the answer to a prompt although no option says so. */
  List<String> stopTexts(Prompt prompt) {
    return prompt instanceof Prompt.Chat ? chatFormat().stopTexts() : List.of();
  }

  /** Tokens that end an answer. */
  Set<Integer> endTokens() {
    return tokenizer.map(Tokenizer::endOfGenerationIds).orElse(Set.of());
  }

  /**
   * A decoder for the answer to a prompt: the answer in a chat is a text of its own, any other goes
   * on with the prompt's, and keeps the space it may begin with.
   */
  AnswerDecoder decoder(Prompt prompt) {
    if (tokenizer.isEmpty()) {
      return AnswerDecoder.NONE;
    }
    int known = tokenizer.get().vocabSize();
    StreamingDecoder decoder =
        prompt instanceof Prompt.Chat
            ? tokenizer.get().streamingDecoder()
            : tokenizer.get().continuingDecoder();
    return new AnswerDecoder() {
      @Override
      public String next(int token) {
        return token < known ? decoder.next(token) : "";
      }

      @Override
      public String finish() {
        return decoder.finish();
      }
    };
  }
}
