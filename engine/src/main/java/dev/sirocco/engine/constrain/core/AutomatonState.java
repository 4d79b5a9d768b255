package dev.sirocco.engine.constrain.core;

import org.jspecify.annotations.Nullable;

/**
 * A state of an automaton that reads bytes. From every state some accepted text can be reached:
 * where none can, there is no state but null. Equal states admit the same continuations.
 */
public interface AutomatonState {

  /** The state after byte {@code b}, 0 to 255, or null if no text goes on like this. */
  @Nullable AutomatonState next(int b);

  /** Whether the text may end here. */
  boolean accepting();

  /** Sets the bits of the tokens that may come next. */
  default void addTokens(VocabularyMasks masks, long[] mask) {
    masks.vocabulary().trie().addTokens(TokenTrie.ROOT, this, mask);
  }
}
