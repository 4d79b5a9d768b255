package dev.sirocco.engine.constrain.core;

import org.jspecify.annotations.Nullable;

/**
 * Text in UTF-8 that an automaton over characters follows.
 *
 * @param state after the last complete character
 * @param partial the bytes of the character that is not complete, see {@link JsonStringDecoder}
 */
public record TextState(CharState state, long partial) implements AutomatonState {

  /** Before the first byte. */
  public static TextState start(CharState state) {
    return new TextState(state, JsonStringDecoder.NONE);
  }

  @Override
  public @Nullable AutomatonState next(int b) {
    long result = JsonStringDecoder.stepUtf8(partial, b);
    if (JsonStringDecoder.isCharacter(result)) {
      CharState next = state.next(JsonStringDecoder.character(result));
      return next == null ? null : start(next);
    }
    return result == JsonStringDecoder.BAD || !JsonStringDecoder.canComplete(result, state::anyNext)
        ? null
        : new TextState(state, result);
  }

  @Override
  public boolean accepting() {
    return partial == JsonStringDecoder.NONE && state.accepting();
  }

  @Override
  public void addTokens(VocabularyMasks masks, long[] mask) {
    TokenVocabulary vocabulary = masks.vocabulary();
    int run = partial == JsonStringDecoder.NONE ? state.safeRun() : 0;
    if (run > 0) {
      long[] safe = vocabulary.strings().safe(run);
      for (int w = 0; w < safe.length; w++) {
        mask[w] |= safe[w];
      }
      vocabulary.strings().others().addTokens(TokenTrie.ROOT, this, mask);
    } else {
      vocabulary.trie().addTokens(TokenTrie.ROOT, this, mask);
    }
  }
}
