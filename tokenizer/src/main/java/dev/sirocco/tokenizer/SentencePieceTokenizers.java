package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.TokenizerSettings.Kind;
import dev.sirocco.tokenizer.TokenizerSettings.Restart;
import dev.sirocco.tokenizer.TokenizerSettings.WhitespaceEaters;
import dev.sirocco.weights.GgufMetadata;
import dev.sirocco.weights.ModelFormatException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Builds SentencePiece tokenizers from {@code tokenizer.model} and GGUF files. */
final class SentencePieceTokenizers {

  static final char SPACE_MARK = '▁';
  static final String UNKNOWN_TEXT = " ⁇ ";

  private SentencePieceTokenizers() {}

  /**
   * @param side what the files beside this one say
   * @param version the version in the file's name, such as {@code v3}
   */
  static Tokenizer ofModel(String file, byte[] bytes, SideFiles side, Optional<String> version) {
    SentencePieceModel model = SentencePieceModel.parse(file, bytes);
    requireDistinct(file, model);
    Vocabulary.Builder builder = new Vocabulary.Builder();
    for (int id = 0; id < model.pieces.size(); id++) {
      addPiece(builder, model.pieces.get(id), model.types.get(id), file);
    }
    AddedToken.append(side.addedTokens(), builder, file);
    float[] scores = new float[model.scores.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = model.scores.get(i);
    }
    requireNumbers(file, scores);
    Vocabulary vocabulary = withSteps(builder, model.pieces);
    SentencePieceEncoder encoder =
        new SentencePieceEncoder(
            vocabulary,
            MergeRule.Concatenation.byScore(vocabulary, scores),
            new SentencePieceEncoder.Options(
                model.addPrefixSpace ? PrefixSpace.ALWAYS : PrefixSpace.NEVER,
                model.removeExtraWhitespace,
                false,
                true,
                unknownId(vocabulary)));
    OptionalInt bos = controlOrEmpty(vocabulary, model.bosId);
    OptionalInt eos = side.eosId(vocabulary);
    if (eos.isEmpty()) {
      eos = controlOrEmpty(vocabulary, model.eosId);
    }
    return new Tokenizer(
        vocabulary,
        encoder,
        new TokenizerSettings(
            file,
            Kind.SENTENCE_PIECE,
            bos,
            eos,
            side.endOfGenerationIds(vocabulary, eos),
            bos.isPresent() && side.addBos().orElse(true),
            model.addPrefixSpace,
            Restart.CONTROL,
            model.unknownText,
            WhitespaceEaters.NONE,
            side.chatTemplate(),
            version));
  }

  static Tokenizer ofGguf(String file, GgufMetadata metadata, GgufVocabulary gguf) {
    float[] scores =
        metadata
            .floats("tokenizer.ggml.scores")
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        file
                            + ": tokenizer.ggml.scores is missing; a tokenizer of the kind 'llama'"
                            + " needs a score for each token"));
    if (scores.length != gguf.tokens().size()) {
      throw new ModelFormatException(
          "%s: tokenizer.ggml.scores has %d values and tokenizer.ggml.tokens %d; wanted as many of each"
              .formatted(file, scores.length, gguf.tokens().size()));
    }
    requireNumbers(file, scores);
    Vocabulary.Builder builder = new Vocabulary.Builder();
    for (int id = 0; id < gguf.tokens().size(); id++) {
      addPiece(builder, gguf.tokens().get(id), gguf.types().get(id), file);
    }
    Vocabulary vocabulary = withSteps(builder, gguf.tokens());
    boolean prefixSpace = metadata.bool("tokenizer.ggml.add_space_prefix").orElse(true);
    SentencePieceEncoder encoder =
        new SentencePieceEncoder(
            vocabulary,
            MergeRule.Concatenation.byScore(vocabulary, scores),
            new SentencePieceEncoder.Options(
                prefixSpace ? PrefixSpace.ALWAYS : PrefixSpace.NEVER,
                false,
                false,
                true,
                unknownId(vocabulary)));
    return new Tokenizer(
        vocabulary,
        encoder,
        gguf.settings(
            file, Kind.SENTENCE_PIECE, vocabulary, true, prefixSpace, UNKNOWN_TEXT, metadata));
  }

  /** Adds a piece: its ▁ stand for spaces, {@code <0x0A>} for a byte. */
  static void addPiece(Vocabulary.Builder builder, String piece, TokenType type, String file) {
    switch (type) {
      case BYTE -> builder.add(new byte[] {byteOf(piece, builder.entries(), file)}, type);
      case NORMAL, UNUSED -> builder.add(piece.replace(SPACE_MARK, ' '), type);
      default -> builder.add(piece, type);
    }
  }

  /** Whether a piece is spelled like a byte token, {@code <0x0A>}. */
  static boolean isByte(String piece) {
    return piece.length() == 6
        && piece.startsWith("<0x")
        && piece.endsWith(">")
        && Character.digit(piece.charAt(3), 16) >= 0
        && Character.digit(piece.charAt(4), 16) >= 0;
  }

  private static byte byteOf(String piece, int id, String file) {
    if (!isByte(piece)) {
      throw new ModelFormatException(
          "%s: the byte token %d is spelled '%s'; wanted <0x00> to <0xFF>"
              .formatted(file, id, piece));
    }
    return (byte) Integer.parseInt(piece, 3, 5, 16);
  }

  /**
   * The vocabulary, and as steps of merging the characters of its pieces that are no pieces
   * themselves.
   */
  private static Vocabulary withSteps(Vocabulary.Builder builder, List<String> pieces) {
    builder.endTokens();
    Set<Integer> characters = new HashSet<>();
    Set<Integer> single = new HashSet<>();
    for (String piece : pieces) {
      piece.codePoints().forEach(characters::add);
      if (piece.codePointCount(0, piece.length()) == 1) {
        single.add(piece.codePointAt(0));
      }
    }
    characters.removeAll(single);
    for (int c : characters) {
      addPiece(builder, Character.toString(c), TokenType.NORMAL, "");
    }
    return builder.build();
  }

  static int unknownId(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.UNKNOWN) {
        return id;
      }
    }
    return Vocabulary.ABSENT;
  }

  private static OptionalInt controlOrEmpty(Vocabulary vocabulary, int id) {
    return id >= 0 && id < vocabulary.size() && vocabulary.type(id) == TokenType.CONTROL
        ? OptionalInt.of(id)
        : OptionalInt.empty();
  }

  private static void requireDistinct(String file, SentencePieceModel model) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < model.pieces.size(); id++) {
      String piece = model.pieces.get(id);
      Integer before = ids.putIfAbsent(piece, id);
      if (piece.isEmpty() || before != null) {
        throw new ModelFormatException(
            piece.isEmpty()
                ? "%s: piece %d is empty; wanted some text".formatted(file, id)
                : "%s: the pieces %d and %d are both '%s'; wanted each once"
                    .formatted(file, before, id, piece));
      }
    }
  }

  private static void requireNumbers(String file, float[] scores) {
    for (int i = 0; i < scores.length; i++) {
      if (Float.isNaN(scores[i])) {
        throw new ModelFormatException(
            "%s: the score of token %d is not a number; wanted one".formatted(file, i));
      }
    }
  }
}
