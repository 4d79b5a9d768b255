package dev.sirocco.tokenizer;

import java.util.Arrays;

/**
 * Byte-pair encoding over bytes (Radford et al. 2019, section 2.2): the text is split into words,
 * and within a word bytes merge.
 */
final class ByteLevelEncoder implements TextEncoder {

  private final Vocabulary vocabulary;
  private final WordSplitter splitter;
  private final MergeRule rule;
  private final boolean wholeWordsFirst;
  private final boolean prefixSpace;
  private final int[] byteTokens = new int[256];
  private final WordCache cache = new WordCache();

  /**
   * @param wholeWordsFirst whether a word that is a token becomes it without merging
   * @param prefixSpace whether a text that does not begin with a space gets one
   */
  ByteLevelEncoder(
      Vocabulary vocabulary,
      WordSplitter splitter,
      MergeRule rule,
      boolean wholeWordsFirst,
      boolean prefixSpace) {
    this.vocabulary = vocabulary;
    this.splitter = splitter;
    this.rule = rule;
    this.wholeWordsFirst = wholeWordsFirst;
    this.prefixSpace = prefixSpace;
    Arrays.setAll(byteTokens, b -> vocabulary.find(new byte[] {(byte) b}, 0, 1));
  }

  @Override
  public void encode(String text, int from, int to, boolean startsText, IntList ids) {
    Utf8Buffer word = new Utf8Buffer(64);
    SymbolMerger merger = new SymbolMerger();
    if (prefixSpace && startsText && from < to && text.charAt(from) != ' ') {
      encode(" " + text.substring(from, to), 0, to - from + 1, false, ids);
      return;
    }
    splitter.split(
        text,
        from,
        to,
        (start, end) -> {
          word.clear();
          word.addText(text, start, end);
          encodeWord(word, merger, ids);
        });
  }

  private void encodeWord(Utf8Buffer word, SymbolMerger merger, IntList ids) {
    byte[] bytes = word.bytes();
    if (wholeWordsFirst) {
      int id = vocabulary.find(bytes, 0, word.size());
      if (id != Vocabulary.ABSENT) {
        ids.add(id);
        return;
      }
    }
    if (cache.appendTo(ids, bytes, 0, word.size())) {
      return;
    }
    merger.clear();
    for (int i = 0; i < word.size(); i++) {
      merger.add(byteToken(bytes[i]), i);
    }
    merger.merge(rule);
    int first = ids.size();
    for (int i = 0; i < merger.size(); i++) {
      ids.add(merger.symbol(i));
    }
    cache.put(bytes, 0, word.size(), ids.toArray(first));
  }

  private int byteToken(byte value) {
    int id = byteTokens[value & 0xFF];
    if (id == Vocabulary.ABSENT) {
      throw new IllegalArgumentException(
          "the text has the byte 0x%02X in UTF-8, for which the vocabulary has no token"
              .formatted(value & 0xFF));
    }
    return id;
  }

  @Override
  public String spell(int id) {
    return vocabulary.text(id);
  }
}
