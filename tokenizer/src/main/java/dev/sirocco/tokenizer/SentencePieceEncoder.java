package dev.sirocco.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Byte-pair encoding over characters with byte fallback, as SentencePiece does it (Kudo and
 * Richardson 2018).
 *
 * <p>A text gets a space in front; spaces are part of the tokens (shown as ▁). Characters that are
 * no token become the tokens of their UTF-8 bytes, or the unknown token.
 *
 * <p>Where no token has a space after another character, no merge reaches over the beginning of a
 * word; words are then encoded one by one, with the same result as all at once.
 */
final class SentencePieceEncoder implements TextEncoder {

  /** How the text is prepared. */
  record Options(
      PrefixSpace prefixSpace,
      boolean removeExtraWhitespace,
      boolean everySpaceStartsWord,
      boolean fusesUnknown,
      int unknownId) {}

  private static final char SPACE_MARK = '▁';

  private final Vocabulary vocabulary;
  private final MergeRule rule;
  private final Options options;
  private final int[] byteTokens;
  private final boolean coversAllBytes;
  private final boolean splitsWords;
  private final WordCache cache = new WordCache();

  SentencePieceEncoder(Vocabulary vocabulary, MergeRule rule, Options options) {
    this.vocabulary = vocabulary;
    this.rule = rule;
    this.options = options;
    this.byteTokens = byteTokens(vocabulary);
    this.coversAllBytes = Arrays.stream(byteTokens).allMatch(id -> id != Vocabulary.ABSENT);
    this.splitsWords = options.everySpaceStartsWord() || noTokenSpansWords(vocabulary);
  }

  private static int[] byteTokens(Vocabulary vocabulary) {
    int[] tokens = new int[256];
    Arrays.fill(tokens, Vocabulary.ABSENT);
    for (int id = vocabulary.size() - 1; id >= 0; id--) {
      if (vocabulary.type(id) == TokenType.BYTE) {
        tokens[vocabulary.bytes(id)[0] & 0xFF] = id;
      }
    }
    return tokens;
  }

  private static boolean noTokenSpansWords(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id).isMergeable() && vocabulary.hasSpaceAfterOther(id)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void encode(String text, int from, int to, boolean startsText, IntList ids) {
    Utf8Buffer buffer = new Utf8Buffer((to - from) * 2 + 1);
    String normal = text.substring(from, to).replace(SPACE_MARK, ' ');
    if (options.removeExtraWhitespace()) {
      normal = withoutExtraSpaces(normal);
    }
    if (startsText && options.prefixSpace().appliesTo(normal)) {
      buffer.add(' ');
    }
    buffer.addText(normal, 0, normal.length());
    SymbolMerger merger = new SymbolMerger();
    int wordStart = 0;
    while (wordStart < buffer.size()) {
      int wordEnd = splitsWords ? wordEnd(buffer, wordStart) : buffer.size();
      encodeWord(buffer.bytes(), wordStart, wordEnd, merger, ids);
      wordStart = wordEnd;
    }
  }

  private static String withoutExtraSpaces(String text) {
    StringBuilder kept = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ' ' || (!kept.isEmpty() && kept.charAt(kept.length() - 1) != ' ')) {
        kept.append(c);
      }
    }
    if (!kept.isEmpty() && kept.charAt(kept.length() - 1) == ' ') {
      kept.setLength(kept.length() - 1);
    }
    return kept.toString();
  }

  private int wordEnd(Utf8Buffer buffer, int start) {
    byte[] bytes = buffer.bytes();
    int end = start + 1;
    while (!options.everySpaceStartsWord()
        && end < buffer.size()
        && bytes[end - 1] == ' '
        && bytes[end] == ' ') {
      end++;
    }
    while (end < buffer.size() && bytes[end] != ' ') {
      end++;
    }
    return end;
  }

  private void encodeWord(byte[] bytes, int from, int to, SymbolMerger merger, IntList ids) {
    if (cache.appendTo(ids, bytes, from, to)) {
      return;
    }
    merger.clear();
    for (int at = from; at < to; ) {
      int end = Math.min(at + sequenceLength(bytes[at]), to);
      merger.add(vocabulary.find(bytes, at, end), at);
      at = end;
    }
    merger.merge(rule);
    int first = ids.size();
    for (int i = 0; i < merger.size(); i++) {
      int symbol = merger.symbol(i);
      if (symbol >= 0 && symbol < vocabulary.size()) {
        ids.add(symbol);
      } else {
        int end = i + 1 < merger.size() ? merger.start(i + 1) : to;
        encodeAsBytes(bytes, merger.start(i), end, ids);
      }
    }
    if (coversAllBytes) {
      cache.put(bytes, from, to, ids.toArray(first));
    }
  }

  private void encodeAsBytes(byte[] bytes, int from, int to, IntList ids) {
    for (int i = from; i < to; i++) {
      if (byteTokens[bytes[i] & 0xFF] == Vocabulary.ABSENT) {
        addUnknown(bytes, from, to, ids);
        return;
      }
    }
    for (int i = from; i < to; i++) {
      ids.add(byteTokens[bytes[i] & 0xFF]);
    }
  }

  private void addUnknown(byte[] bytes, int from, int to, IntList ids) {
    int unknown = options.unknownId();
    if (unknown == Vocabulary.ABSENT) {
      throw new IllegalArgumentException(
          "the vocabulary has no token for '%s', no byte tokens and no unknown token"
              .formatted(new String(bytes, from, to - from, StandardCharsets.UTF_8)));
    }
    boolean repeated = ids.size() > 0 && ids.get(ids.size() - 1) == unknown;
    if (!repeated || !options.fusesUnknown()) {
      ids.add(unknown);
    }
  }

  private static int sequenceLength(byte lead) {
    if (lead >= 0) {
      return 1;
    }
    return lead < (byte) 0xE0 ? 2 : lead < (byte) 0xF0 ? 3 : 4;
  }

  @Override
  public String spell(int id) {
    return switch (vocabulary.type(id)) {
      case BYTE -> "<0x%02X>".formatted(vocabulary.bytes(id)[0] & 0xFF);
      case NORMAL, UNUSED -> vocabulary.text(id).replace(' ', SPACE_MARK);
      default -> vocabulary.text(id);
    };
  }
}
