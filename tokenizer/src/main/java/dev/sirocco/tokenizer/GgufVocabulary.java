package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.TokenizerSettings.Kind;
import dev.sirocco.tokenizer.TokenizerSettings.Restart;
import dev.sirocco.tokenizer.TokenizerSettings.WhitespaceEaters;
import dev.sirocco.weights.GgufMetadata;
import dev.sirocco.weights.ModelFormatException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The tokens in the metadata of a GGUF file.
 *
 * @param tokens their spellings
 * @param types as many types
 */
record GgufVocabulary(List<String> tokens, List<TokenType> types) {

  private static final long MAX_UNSIGNED_INT = 0xFFFFFFFFL;

  static Tokenizer tokenizer(String file, GgufMetadata metadata) {
    String model =
        metadata
            .string("tokenizer.ggml.model")
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        file
                            + ": tokenizer.ggml.model is missing: the file has no tokenizer; give"
                            + " one with --tokenizer"));
    GgufVocabulary vocabulary = read(file, metadata);
    return switch (model) {
      case "llama" -> SentencePieceTokenizers.ofGguf(file, metadata, vocabulary);
      case "gpt2" -> ByteLevelTokenizers.ofGguf(file, metadata, vocabulary);
      default ->
          throw new ModelFormatException(
              "%s: tokenizer.ggml.model is '%s'; wanted 'llama' or 'gpt2'".formatted(file, model));
    };
  }

  private static GgufVocabulary read(String file, GgufMetadata metadata) {
    List<String> tokens =
        metadata
            .strings("tokenizer.ggml.tokens")
            .orElseThrow(
                () -> new ModelFormatException(file + ": tokenizer.ggml.tokens is missing"));
    if (tokens.isEmpty()) {
      throw new ModelFormatException(
          file + ": tokenizer.ggml.tokens is empty; wanted at least one token");
    }
    TokenType[] types = new TokenType[tokens.size()];
    Arrays.fill(types, TokenType.NORMAL);
    Optional<long[]> numbers = metadata.integers("tokenizer.ggml.token_type");
    if (numbers.isPresent()) {
      long[] values = numbers.get();
      if (values.length != types.length) {
        throw new ModelFormatException(
            "%s: tokenizer.ggml.token_type has %d values and tokenizer.ggml.tokens %d; wanted as many of each"
                .formatted(file, values.length, types.length));
      }
      for (int id = 0; id < types.length; id++) {
        types[id] = TokenType.ofNumber(values[id], id, file);
      }
    }
    return new GgufVocabulary(tokens, List.of(types));
  }

  TokenizerSettings settings(
      String file,
      Kind kind,
      Vocabulary vocabulary,
      boolean addBosByDefault,
      boolean prefixSpace,
      String unknownText,
      GgufMetadata metadata) {
    OptionalInt bos = id(file, metadata, "tokenizer.ggml.bos_token_id");
    OptionalInt eos = id(file, metadata, "tokenizer.ggml.eos_token_id");
    Set<Integer> ends = new HashSet<>(EndOfGeneration.of(vocabulary, eos));
    id(file, metadata, "tokenizer.ggml.eot_token_id").ifPresent(ends::add);
    id(file, metadata, "tokenizer.ggml.eom_token_id").ifPresent(ends::add);
    return new TokenizerSettings(
        file,
        kind,
        bos,
        eos,
        ends,
        bos.isPresent() && metadata.bool("tokenizer.ggml.add_bos_token").orElse(addBosByDefault),
        prefixSpace,
        Restart.ANY,
        unknownText,
        WhitespaceEaters.NONE,
        metadata.string("tokenizer.chat_template"),
        Optional.empty());
  }

  /** A token id; the greatest unsigned int stands for none. */
  private OptionalInt id(String file, GgufMetadata metadata, String key) {
    Optional<Long> value = metadata.integer(key);
    if (value.isEmpty() || value.get() == MAX_UNSIGNED_INT || value.get() == -1) {
      return OptionalInt.empty();
    }
    if (value.get() < 0 || value.get() >= tokens.size()) {
      throw new ModelFormatException(
          "%s: %s is %d; wanted the id of a token, 0 to %d"
              .formatted(file, key, value.get(), tokens.size() - 1));
    }
    return OptionalInt.of(value.get().intValue());
  }
}
