package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.TokenizerSettings.Kind;
import dev.sirocco.tokenizer.TokenizerSettings.Restart;
import dev.sirocco.tokenizer.TokenizerSettings.WhitespaceEaters;
import dev.sirocco.weights.ModelFormatException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Mistral's {@code tekken.json}: byte strings with their ranks, behind a block of control tokens.
 * The token of rank r has the id r plus the number of control tokens. The file lists more tokens
 * than it uses. Read as a stream, for it is large.
 */
final class TekkenFile {

  private static final List<String> DEFAULT_CONTROLS =
      List.of(
          "<unk>",
          "<s>",
          "</s>",
          "[INST]",
          "[/INST]",
          "[AVAILABLE_TOOLS]",
          "[/AVAILABLE_TOOLS]",
          "[TOOL_RESULTS]",
          "[/TOOL_RESULTS]",
          "[TOOL_CALLS]",
          "[IMG]",
          "<pad>",
          "[IMG_BREAK]",
          "[IMG_END]",
          "[PREFIX]",
          "[MIDDLE]",
          "[SUFFIX]",
          "[SYSTEM_PROMPT]",
          "[/SYSTEM_PROMPT]",
          "[TOOL_CONTENT]");
  private static final int MOST_TOKENS = 1 << 24;
  private static final int BOS = 1;
  private static final int EOS = 2;

  private final String file;
  private final Map<Integer, String> words = new HashMap<>();
  private final Map<Integer, String> controls = new HashMap<>();
  private @Nullable String pattern;
  private @Nullable String version;
  private int vocabSize;
  private int controlCount;

  private TekkenFile(String file) {
    this.file = file;
  }

  /** Whether a JSON file has the parts of a tekken file. */
  static boolean looksLikeOne(byte[] json) {
    try (JsonParser parser = Json.parser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        if (key.equals("config") || key.equals("vocab")) {
          return true;
        }
        parser.nextToken();
        parser.skipChildren();
      }
      return false;
    } catch (JacksonException e) {
      return false;
    }
  }

  static Tokenizer tokenizer(String file, byte[] json, Optional<String> chatTemplate) {
    TekkenFile tekken = new TekkenFile(file);
    try (JsonParser parser = Json.parser(json)) {
      tekken.read(parser);
    } catch (JacksonException e) {
      throw new ModelFormatException(file + ": not a valid tekken file: " + Json.reason(e), e);
    }
    return tekken.build(chatTemplate);
  }

  private void read(JsonParser parser) {
    parser.nextToken();
    requireStart(parser, JsonToken.START_OBJECT, "the file", "an object");
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (key.equals("config")) {
        readConfig(parser);
      } else if (key.equals("vocab")) {
        readEntries(parser, key, "token_bytes", words);
      } else if (key.equals("special_tokens") && value != JsonToken.VALUE_NULL) {
        readEntries(parser, key, "token_str", controls);
      } else {
        parser.skipChildren();
      }
    }
  }

  private void readConfig(JsonParser parser) {
    requireStart(parser, JsonToken.START_OBJECT, "config", "an object");
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "pattern" -> pattern = text(parser, "config.pattern");
        case "version" -> version = text(parser, "config.version");
        case "default_vocab_size" -> vocabSize = count(parser, "config.default_vocab_size");
        case "default_num_special_tokens" ->
            controlCount = count(parser, "config.default_num_special_tokens");
        default -> parser.skipChildren();
      }
    }
  }

  private void readEntries(
      JsonParser parser, String list, String valueKey, Map<Integer, String> byRank) {
    requireStart(parser, JsonToken.START_ARRAY, list, "an array");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      requireStart(parser, JsonToken.START_OBJECT, list, "an array of objects");
      int rank = -1;
      String value = null;
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        if (key.equals("rank")) {
          rank = count(parser, list + "[].rank");
        } else if (key.equals(valueKey)) {
          value = text(parser, list + "[]." + valueKey);
        } else {
          parser.skipChildren();
        }
      }
      if (rank < 0 || value == null) {
        throw bad("an entry of " + list, "without rank or " + valueKey, "both");
      }
      if (byRank.put(rank, value) != null) {
        throw bad("rank " + rank + " of " + list, "twice", "each rank once");
      }
    }
  }

  private Tokenizer build(Optional<String> chatTemplate) {
    if (pattern == null || words.isEmpty() || vocabSize == 0 || controlCount == 0) {
      throw bad(
          "the file",
          "incomplete",
          "config.pattern, config.default_vocab_size, config.default_num_special_tokens and vocab");
    }
    int wordCount = vocabSize - controlCount;
    if (wordCount < 1 || wordCount > words.size()) {
      throw bad(
          "config.default_vocab_size",
          "%d with %d special tokens and %d entries of vocab"
              .formatted(vocabSize, controlCount, words.size()),
          "more than the special tokens, and at most their number and that of the entries");
    }
    if (controlCount <= EOS) {
      throw bad("config.default_num_special_tokens", "" + controlCount, "at least 3");
    }
    Vocabulary.Builder builder = new Vocabulary.Builder();
    for (int rank = 0; rank < controlCount; rank++) {
      builder.add(controlName(rank), TokenType.CONTROL);
    }
    for (int rank = 0; rank < wordCount; rank++) {
      builder.add(word(rank), TokenType.NORMAL);
    }
    Vocabulary vocabulary = builder.build();
    int[] ranks = new int[vocabulary.size()];
    for (int id = 0; id < ranks.length; id++) {
      ranks[id] = id;
    }
    ByteLevelEncoder encoder =
        new ByteLevelEncoder(
            vocabulary,
            WordSplitters.ofPattern(pattern, file),
            new MergeRule.Concatenation(vocabulary, ranks),
            true,
            false);
    return new Tokenizer(vocabulary, encoder, settings(vocabulary, chatTemplate));
  }

  private TokenizerSettings settings(Vocabulary vocabulary, Optional<String> chatTemplate) {
    OptionalInt eos = OptionalInt.of(EOS);
    return new TokenizerSettings(
        file,
        Kind.BYTE_LEVEL,
        OptionalInt.of(BOS),
        eos,
        EndOfGeneration.of(vocabulary, eos),
        true,
        false,
        Restart.NONE,
        "",
        WhitespaceEaters.NONE,
        chatTemplate,
        Optional.ofNullable(version));
  }

  private String controlName(int rank) {
    String named = controls.get(rank);
    if (named != null) {
      return named;
    }
    return controls.isEmpty() && rank < DEFAULT_CONTROLS.size()
        ? DEFAULT_CONTROLS.get(rank)
        : "<SPECIAL_%d>".formatted(rank);
  }

  private byte[] word(int rank) {
    String encoded = words.get(rank);
    if (encoded == null) {
      throw bad("rank " + rank + " of vocab", "nothing", "every rank from 0");
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(encoded);
      if (bytes.length == 0) {
        throw bad("token_bytes of rank " + rank, "no bytes", "at least one");
      }
      return bytes;
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(
          "%s: not a valid tekken file: token_bytes of rank %d: found '%s'; wanted Base64"
              .formatted(file, rank, encoded),
          e);
    }
  }

  private String text(JsonParser parser, String at) {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw bad(at, parser.getString(), "a text");
    }
    return parser.getString();
  }

  private int count(JsonParser parser, String at) {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw bad(at, parser.getString(), "an integer");
    }
    long value = parser.getLongValue();
    if (value < 0 || value > MOST_TOKENS) {
      throw bad(at, "" + value, "0 to " + MOST_TOKENS);
    }
    return (int) value;
  }

  private void requireStart(JsonParser parser, JsonToken start, String at, String wanted) {
    if (parser.currentToken() != start) {
      throw bad(at, "" + parser.currentToken(), wanted);
    }
  }

  private ModelFormatException bad(String at, String found, String wanted) {
    return new ModelFormatException(
        "%s: not a valid tekken file: %s: found %s; wanted %s".formatted(file, at, found, wanted));
  }
}
