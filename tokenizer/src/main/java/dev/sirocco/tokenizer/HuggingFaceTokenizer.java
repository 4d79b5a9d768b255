package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.TokenizerSettings.Kind;
import dev.sirocco.tokenizer.TokenizerSettings.Restart;
import dev.sirocco.tokenizer.TokenizerSettings.WhitespaceEaters;
import dev.sirocco.weights.ModelFormatException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads Hugging Face's {@code tokenizer.json} with a byte-pair encoding model. */
final class HuggingFaceTokenizer {

  private final String file;
  private final JsonNode root;
  private final JsonNode model;
  private final SideFiles side;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Integer, AddedToken> added = new HashMap<>();

  private HuggingFaceTokenizer(String file, JsonNode root, SideFiles side) {
    this.file = file;
    this.root = root;
    this.model = root.path("model");
    this.side = side;
  }

  static Tokenizer tokenizer(String file, byte[] json, SideFiles side) {
    JsonNode root;
    try {
      root = Json.parse(new String(json, StandardCharsets.UTF_8), file);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(String.valueOf(e.getMessage()), e);
    }
    return new HuggingFaceTokenizer(file, root, side).build();
  }

  private Tokenizer build() {
    String type = model.path("type").asString("BPE");
    if (!model.path("vocab").isObject() || !type.equals("BPE")) {
      throw bad(
          "model",
          model.path("vocab").isObject() ? "of type " + type : "without a vocab object",
          "a byte-pair encoding (BPE) with a vocab");
    }
    for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.path(key).asString("").isEmpty()) {
        throw bad("model." + key, Json.brief(model.path(key)), "none");
      }
    }
    readAddedTokens();
    TextPipeline pipeline = TextPipeline.of(file, root);
    Vocabulary vocabulary = readVocabulary(pipeline.byteLevel());
    MergeRule rule = readMerges();
    TextEncoder encoder = encoder(pipeline, vocabulary, rule);
    return new Tokenizer(vocabulary, encoder, settings(pipeline, vocabulary));
  }

  private TextEncoder encoder(TextPipeline pipeline, Vocabulary vocabulary, MergeRule rule) {
    TextEncoder encoder =
        pipeline.byteLevel()
            ? new ByteLevelEncoder(
                vocabulary,
                pipeline.splitter(),
                rule,
                model.path("ignore_merges").asBoolean(false),
                pipeline.prefixSpace() != PrefixSpace.NEVER)
            : new SentencePieceEncoder(
                vocabulary,
                rule,
                new SentencePieceEncoder.Options(
                    pipeline.prefixSpace(),
                    false,
                    pipeline.everySpaceStartsWord(),
                    model.path("fuse_unk").asBoolean(false),
                    SentencePieceTokenizers.unknownId(vocabulary)));
    return pipeline.normalForm() == null
        ? encoder
        : new NormalizingEncoder(encoder, pipeline.normalForm());
  }

  private void readAddedTokens() {
    for (JsonNode node : root.path("added_tokens")) {
      int id = id(node.path("id"), "added_tokens");
      JsonNode content = node.path("content");
      if (!content.isString() || content.stringValue().isEmpty()) {
        throw bad("added_tokens: content of id " + id, Json.brief(content), "a text");
      }
      AddedToken token =
          new AddedToken(
              id,
              content.stringValue(),
              node.path("special").asBoolean(false),
              node.path("lstrip").asBoolean(false),
              node.path("rstrip").asBoolean(false));
      if (added.put(id, token) != null) {
        throw bad("added_tokens", "the id %d twice".formatted(id), "each id once");
      }
    }
  }

  private Vocabulary readVocabulary(boolean byteLevel) {
    JsonNode vocab = model.path("vocab");
    int most = vocab.size() + added.size();
    @Nullable String[] tokens = new String[most];
    for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
      int id = id(entry.getValue(), "model.vocab");
      place(tokens, id, entry.getKey());
      ids.put(entry.getKey(), id);
    }
    for (AddedToken token : added.values()) {
      if (token.id() >= most || tokens[token.id()] == null) {
        place(tokens, token.id(), token.content());
      }
    }
    String unknown = model.path("unk_token").asString("");
    boolean byteFallback = model.path("byte_fallback").asBoolean(false);
    Vocabulary.Builder builder = new Vocabulary.Builder();
    int last = most - 1;
    while (last > 0 && tokens[last] == null) {
      last--;
    }
    for (int id = 0; id <= last; id++) {
      String token = tokens[id];
      if (token == null) {
        throw bad("model.vocab", "no token with id " + id, "ids without gaps");
      }
      add(builder, id, token, unknown, byteLevel, byteFallback);
    }
    return builder.build();
  }

  private void place(@Nullable String[] tokens, int id, String token) {
    if (id >= tokens.length) {
      throw bad(
          "the token '%s'".formatted(token),
          "id " + id,
          "less than %d, the number of tokens".formatted(tokens.length));
    }
    if (tokens[id] != null) {
      throw bad("id " + id, "'%s' and '%s'".formatted(tokens[id], token), "one token for each id");
    }
    tokens[id] = token;
  }

  private void add(
      Vocabulary.Builder builder,
      int id,
      String token,
      String unknown,
      boolean byteLevel,
      boolean byteFallback) {
    AddedToken addedToken = added.get(id);
    if (!unknown.isEmpty() && token.equals(unknown)) {
      builder.add(token, TokenType.UNKNOWN);
    } else if (addedToken != null) {
      builder.add(addedToken.content(), addedToken.type());
    } else if (byteLevel) {
      ByteLevelTokenizers.add(builder, token, TokenType.NORMAL);
    } else {
      TokenType type =
          byteFallback && SentencePieceTokenizers.isByte(token) ? TokenType.BYTE : TokenType.NORMAL;
      SentencePieceTokenizers.addPiece(builder, token, type, file);
    }
  }

  private MergeRule readMerges() {
    JsonNode merges = model.path("merges");
    if (!merges.isArray()) {
      throw bad("model.merges", Json.brief(merges), "an array");
    }
    MergeRule.Listed rule = new MergeRule.Listed(merges.size());
    int rank = 0;
    for (JsonNode merge : merges) {
      String left;
      String right;
      if (merge.isArray() && merge.size() == 2) {
        left = merge.get(0).asString("");
        right = merge.get(1).asString("");
      } else {
        String pair = merge.asString("");
        int space = pair.indexOf(' ', 1);
        left = space < 0 ? "" : pair.substring(0, space);
        right = space < 0 ? "" : pair.substring(space + 1);
      }
      if (left.isEmpty() || right.isEmpty()) {
        throw bad("model.merges[" + rank + "]", Json.brief(merge), "two tokens");
      }
      ByteLevelTokenizers.addMerge(file, rule, rank++, left, right, ids);
    }
    return rule;
  }

  private TokenizerSettings settings(TextPipeline pipeline, Vocabulary vocabulary) {
    Optional<String> firstToken = pipeline.firstToken();
    OptionalInt bos = side.bosId(vocabulary);
    if (bos.isEmpty()) {
      bos = firstToken.map(vocabulary::specialNamed).orElse(OptionalInt.empty());
    }
    OptionalInt eos = side.eosId(vocabulary);
    if (eos.isEmpty()) {
      eos = vocabulary.specialNamed("</s>");
    }
    Set<Integer> left = new HashSet<>();
    Set<Integer> right = new HashSet<>();
    for (AddedToken token : added.values()) {
      if (token.lstrip()) {
        left.add(token.id());
      }
      if (token.rstrip()) {
        right.add(token.id());
      }
    }
    boolean stripsPrefix = !pipeline.byteLevel() && pipeline.prefixSpace() != PrefixSpace.NEVER;
    return new TokenizerSettings(
        file,
        pipeline.byteLevel() ? Kind.BYTE_LEVEL : Kind.SENTENCE_PIECE,
        bos,
        eos,
        side.endOfGenerationIds(vocabulary, eos),
        bos.isPresent() && side.addBos().orElse(firstToken.isPresent()),
        stripsPrefix,
        pipeline.prefixesEveryFragment() ? Restart.ANY : Restart.NONE,
        SentencePieceTokenizers.UNKNOWN_TEXT,
        new WhitespaceEaters(left, right),
        side.chatTemplate(),
        Optional.empty());
  }

  private int id(JsonNode node, String at) {
    if (!node.isInt() || node.intValue() < 0) {
      throw bad("an id in " + at, Json.brief(node), "an integer from 0");
    }
    return node.intValue();
  }

  private ModelFormatException bad(String at, String found, String wanted) {
    return new ModelFormatException(
        "%s: %s: found %s; wanted %s".formatted(file, at, found, wanted));
  }
}
