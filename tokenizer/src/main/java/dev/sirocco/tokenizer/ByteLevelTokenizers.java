package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.TokenizerSettings.Kind;
import dev.sirocco.weights.GgufMetadata;
import dev.sirocco.weights.ModelFormatException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Builds byte-level tokenizers from GGUF files. */
final class ByteLevelTokenizers {

  private ByteLevelTokenizers() {}

  static Tokenizer ofGguf(String file, GgufMetadata metadata, GgufVocabulary gguf) {
    Vocabulary.Builder builder = new Vocabulary.Builder();
    Map<String, Integer> ids = HashMap.newHashMap(gguf.tokens().size());
    for (int id = 0; id < gguf.tokens().size(); id++) {
      String token = gguf.tokens().get(id);
      add(builder, token, gguf.types().get(id));
      ids.putIfAbsent(token, id);
    }
    Vocabulary vocabulary = builder.build();
    List<String> merges =
        metadata
            .strings("tokenizer.ggml.merges")
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        file
                            + ": tokenizer.ggml.merges is missing; a tokenizer of the kind 'gpt2'"
                            + " needs them"));
    String pre = metadata.string("tokenizer.ggml.pre").orElse("default");
    boolean wholeWordsFirst =
        switch (pre) {
          case "llama-bpe", "llama3", "llama-v3", "tekken" -> true;
          default -> false;
        };
    ByteLevelEncoder encoder =
        new ByteLevelEncoder(
            vocabulary,
            WordSplitters.ofGgufName(pre, file),
            merges(file, merges, ids),
            wholeWordsFirst,
            false);
    return new Tokenizer(
        vocabulary,
        encoder,
        gguf.settings(file, Kind.BYTE_LEVEL, vocabulary, wholeWordsFirst, false, "", metadata));
  }

  /** Adds a token in GPT-2's spelling, in which each byte is one printable character. */
  static void add(Vocabulary.Builder builder, String token, TokenType type) {
    if (type == TokenType.NORMAL || type == TokenType.UNUSED) {
      builder.add(ByteSpelling.bytes(token), type);
    } else {
      builder.add(token, type);
    }
  }

  /**
   * The merges of a list of pairs such as {@code "Ġ t"}.
   *
   * @param ids the tokens' ids by spelling
   */
  static MergeRule merges(String file, List<String> pairs, Map<String, Integer> ids) {
    MergeRule.Listed rule = new MergeRule.Listed(pairs.size());
    for (int i = 0; i < pairs.size(); i++) {
      String pair = pairs.get(i);
      int space = pair.indexOf(' ', 1);
      if (space < 0 || space == pair.length() - 1) {
        throw new ModelFormatException(
            "%s: merge %d is '%s'; wanted two tokens with a space between"
                .formatted(file, i, pair));
      }
      addMerge(file, rule, i, pair.substring(0, space), pair.substring(space + 1), ids);
    }
    return rule;
  }

  static void addMerge(
      String file,
      MergeRule.Listed rule,
      int rank,
      String left,
      String right,
      Map<String, Integer> ids) {
    Integer leftId = ids.get(left);
    Integer rightId = ids.get(right);
    Integer merged = ids.get(left + right);
    if (leftId == null || rightId == null || merged == null) {
      throw new ModelFormatException(
          "%s: merge %d is of '%s' and '%s', but '%s' is no token"
              .formatted(
                  file,
                  rank,
                  left,
                  right,
                  leftId == null ? left : rightId == null ? right : left + right));
    }
    rule.add(leftId, rightId, merged);
  }
}
