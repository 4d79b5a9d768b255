package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.TokenizerSettings.Kind;
import dev.sirocco.tokenizer.TokenizerSettings.Restart;
import dev.sirocco.weights.ModelFiles;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Turns text into the token ids of a model's vocabulary, and ids back into text.
 *
 * <p>Two families: byte-pair encoding over characters with byte fallback (SentencePiece), and over
 * bytes (GPT-2, tekken). Encoding takes time O(n log n) for any text of n characters. Immutable and
 * safe for use by several threads.
 *
 * @see ChatFormat
 * @see StreamingDecoder
 * @see "dev.sirocco.engine.Engine, which computes what follows the ids"
 */
public final class Tokenizer {

  private final Vocabulary vocabulary;
  private final TextEncoder encoder;
  private final SpecialTokens specials;
  private final TokenizerSettings settings;

  Tokenizer(Vocabulary vocabulary, TextEncoder encoder, TokenizerSettings settings) {
    this.vocabulary = vocabulary;
    this.encoder = encoder;
    this.specials = SpecialTokens.of(vocabulary, settings.whitespaceEaters());
    this.settings = settings;
  }

  /**
   * Reads a tokenizer: a {@code tokenizer.model} (also {@code .v1}, {@code .v2}, {@code .v3}),
   * {@code tokenizer.json}, {@code tekken.json} or GGUF file, or a folder that holds one of them.
   *
   * @throws dev.sirocco.weights.ModelFormatException if there is none or it is not valid
   */
  public static Tokenizer load(Path path) {
    return TokenizerFiles.load(path);
  }

  /**
   * Reads the tokenizer of a model: from its GGUF metadata, or from its folder.
   *
   * @throws dev.sirocco.weights.ModelFormatException if there is none or it is not valid
   */
  public static Tokenizer load(ModelFiles model) {
    return TokenizerFiles.load(model);
  }

  /**
   * The token ids of a text.
   *
   * <p>An unpaired surrogate is read as U+FFFD.
   *
   * @param addBos puts the beginning-of-sequence token first, if the vocabulary has one and the
   *     result does not begin with it already
   * @param parseSpecial reads the names of control tokens in the text as these tokens; leave this
   *     off for text from outside
   * @throws IllegalArgumentException if the vocabulary cannot express the text
   */
  public int[] encode(String text, boolean addBos, boolean parseSpecial) {
    IntList ids = new IntList(text.length() / 3 + 8);
    encodeFragments(text, parseSpecial, SpecialTokens.NO_MARK, ids);
    return withBos(ids, addBos);
  }

  /**
   * The ids of a rendered template, with control tokens where their names stand without a mark of a
   * {@link ContentShield} before or inside.
   */
  int[] encodeShielded(String text, char mark, boolean addBos) {
    IntList ids = new IntList(text.length() / 3 + 8);
    encodeFragments(text, true, mark, ids);
    return withBos(ids, addBos);
  }

  ContentShield shield(List<String> texts) {
    return new ContentShield(specials, texts);
  }

  private int[] withBos(IntList ids, boolean addBos) {
    OptionalInt bos = bosId();
    if (addBos && bos.isPresent() && (ids.size() == 0 || ids.get(0) != bos.getAsInt())) {
      ids.insertFirst(bos.getAsInt());
    }
    return ids.toArray();
  }

  private void encodeFragments(String text, boolean parseSpecial, char mark, IntList ids) {
    int from = 0;
    boolean startsText = true;
    for (SpecialTokens.Match match = specials.next(text, 0, parseSpecial, mark);
        match != null;
        match = specials.next(text, from, parseSpecial, mark)) {
      boolean control = vocabulary.type(match.id()) != TokenType.USER_DEFINED;
      boolean prefixOfToken = startsText && !control && settings.restart() == Restart.CONTROL;
      if (match.start() > from || prefixOfToken) {
        encodePlain(text, from, match.start(), mark, startsText, ids);
      }
      ids.add(match.id());
      from = match.end();
      startsText =
          settings.restart() == Restart.ANY || (control && settings.restart() == Restart.CONTROL);
    }
    if (from < text.length()) {
      encodePlain(text, from, text.length(), mark, startsText, ids);
    }
  }

  private void encodePlain(
      String text, int from, int to, char mark, boolean startsText, IntList ids) {
    int at = text.indexOf(mark, from);
    if (mark == SpecialTokens.NO_MARK || at < 0 || at >= to) {
      encoder.encode(text, from, to, startsText, ids);
    } else {
      String revealed = text.substring(from, to).replace(String.valueOf(mark), "");
      encoder.encode(revealed, 0, revealed.length(), startsText, ids);
    }
  }

  /**
   * The text of token ids. Control tokens have none; the space that a SentencePiece tokenizer puts
   * before every text is taken off again; bytes that are no UTF-8 become U+FFFD.
   *
   * @throws IllegalArgumentException if an id is out of range
   */
  public String decode(int[] ids) {
    StreamingDecoder decoder = streamingDecoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.next(id));
    }
    return text.append(decoder.finish()).toString();
  }

  /** A decoder for the tokens of a text from its beginning, one at a time. */
  public StreamingDecoder streamingDecoder() {
    return new StreamingDecoder(this, settings.prefixSpace());
  }

  /**
   * A decoder for tokens that continue a text: unlike {@link #streamingDecoder()} it keeps a space
   * with which the first token begins.
   */
  public StreamingDecoder continuingDecoder() {
    return new StreamingDecoder(this, false);
  }

  /**
   * The bytes that a token adds in the midst of a text: possibly part of a character, none for a
   * control token.
   *
   * @throws IllegalArgumentException if the id is out of range
   */
  public byte[] bytes(int id) {
    requireInRange(id);
    return switch (vocabulary.type(id)) {
      case CONTROL -> new byte[0];
      case UNKNOWN -> settings.unknownText().getBytes(StandardCharsets.UTF_8);
      default -> vocabulary.bytes(id);
    };
  }

  /**
   * A token as people read it: SentencePiece tokens as in the vocabulary ({@code ▁of}, {@code
   * <0x0A>}), byte-level tokens as their text with U+FFFD for parts of characters, control tokens
   * by name.
   *
   * @throws IllegalArgumentException if the id is out of range
   */
  public String piece(int id) {
    requireInRange(id);
    return encoder.spell(id);
  }

  /** A prompt as people read it: its pieces, one after the other. */
  String spell(int[] ids) {
    if (settings.kind() == Kind.SENTENCE_PIECE) {
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        text.append(piece(id));
      }
      return text.toString();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      requireInRange(id);
      bytes.writeBytes(vocabulary.bytes(id));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The number of tokens; ids are 0 to this, exclusive. */
  public int vocabSize() {
    return vocabulary.size();
  }

  /** The beginning-of-sequence token, if there is one. */
  public OptionalInt bosId() {
    return settings.bosId();
  }

  /** The end-of-sequence token, if there is one. */
  public OptionalInt eosId() {
    return settings.eosId();
  }

  /** The tokens that end an answer; unmodifiable. */
  public Set<Integer> endOfGenerationIds() {
    return settings.endOfGenerationIds();
  }

  /** Whether the model expects the beginning-of-sequence token before a text. */
  public boolean addBosByDefault() {
    return settings.addBos();
  }

  /** Whether an id is a control token, which has no text. */
  public boolean isControl(int id) {
    requireInRange(id);
    return vocabulary.type(id) == TokenType.CONTROL;
  }

  /** The id of the control token with the given name, such as {@code [INST]}. */
  public OptionalInt controlId(String name) {
    return specials.controlId(name);
  }

  /** The model's own chat template (Jinja), if its files have one. */
  public Optional<String> chatTemplate() {
    return settings.chatTemplate();
  }

  /** Whether a token begins with the space that may be the one put before every text. */
  boolean startsWithPrefixSpace(int id) {
    return vocabulary.type(id) != TokenType.BYTE && vocabulary.startsWithSpace(id);
  }

  TokenizerSettings settings() {
    return settings;
  }

  private void requireInRange(int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new IllegalArgumentException(
          "token id %d is out of range: the vocabulary has ids 0 to %d"
              .formatted(id, vocabulary.size() - 1));
    }
  }

  @Override
  public String toString() {
    return "Tokenizer[%s, %d tokens]".formatted(settings.source(), vocabulary.size());
  }
}
