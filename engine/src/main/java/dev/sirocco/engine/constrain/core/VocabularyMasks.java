package dev.sirocco.engine.constrain.core;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A vocabulary, and the masks of the insides of strings that were used last: the same pattern or
 * kind of key is often met again behind different beginnings. Not thread-safe.
 */
public final class VocabularyMasks {

  private static final int MOST_INSIDES = 128;

  private final TokenVocabulary vocabulary;
  private final Map<CharState, long[]> insides = new Insides();

  private static final class Insides extends LinkedHashMap<CharState, long[]> {
    private static final long serialVersionUID = 1;

    Insides() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<CharState, long[]> eldest) {
      return size() > MOST_INSIDES;
    }
  }

  public VocabularyMasks(TokenVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  public TokenVocabulary vocabulary() {
    return vocabulary;
  }

  /**
   * Bits of the tokens that may follow inside a JSON string and do not close it; not to be changed.
   *
   * @param state between two characters
   */
  public long[] inside(CharState state) {
    return insides.computeIfAbsent(state, vocabulary.strings()::inside);
  }
}
