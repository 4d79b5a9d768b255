package dev.sirocco.engine.constrain.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that stay inside a JSON string, with the kinds of characters below every node: where
 * all of them lead a state back to itself, a walk passes over what is below. Immutable.
 */
final class InsideTokens {

  // From so many kinds of characters that lead back, more tokens are admitted than not.
  private static final int MOST_KINDS = 32;

  private final TokenTrie trie;
  private final long[] bits;
  private final long[] kindsFrom; // Of the characters that begin at the node or below.
  private final long[] kindsBelow; // Of those that begin below.

  /**
   * @param tokens those that stay inside
   * @param bits of the same tokens
   */
  InsideTokens(List<TokenTrie.Entry> tokens, long[] bits) {
    this.trie = new TokenTrie(tokens);
    this.bits = bits;
    this.kindsFrom = new long[trie.size()];
    this.kindsBelow = new long[trie.size()];
    setKinds();
  }

  private void setKinds() {
    long[] partials = new long[trie.maxDepth() + 1];
    for (int i = 1; i < trie.size(); i++) {
      int depth = trie.depth(i);
      long result = JsonStringDecoder.step(partials[depth - 1], trie.label(i));
      if (JsonStringDecoder.isCharacter(result)) {
        kindsFrom[i] = CharKinds.of(JsonStringDecoder.character(result));
      } else {
        kindsFrom[i] = trie.label(i) < 0x80 ? CharKinds.OTHER_BYTES : CharKinds.BEYOND_ASCII;
      }
      partials[depth] = JsonStringDecoder.isCharacter(result) ? JsonStringDecoder.NONE : result;
    }
    long[] byDepth = new long[trie.maxDepth() + 2];
    for (int i = trie.size() - 1; i > 0; i--) {
      int depth = trie.depth(i);
      kindsBelow[i] = byDepth[depth + 1];
      kindsFrom[i] |= kindsBelow[i];
      byDepth[depth + 1] = CharKinds.NONE;
      byDepth[depth] |= kindsFrom[i];
    }
  }

  /** Bits of the tokens that {@code start} admits. */
  long[] mask(CharState start) {
    CharState typical = start.next('e');
    long loops = start.loops() | (typical == null ? CharKinds.NONE : typical.loops());
    boolean removing = Long.bitCount(loops) > MOST_KINDS;
    long[] mask = removing ? bits.clone() : new long[bits.length];
    walk(start, removing, mask);
    return mask;
  }

  // Adds the tokens that are admitted, or removes those that are not.
  private void walk(CharState start, boolean removing, long[] mask) {
    CharState[] states = new CharState[trie.maxDepth() + 1];
    long[] partials = new long[trie.maxDepth() + 1];
    long[] loops = new long[trie.maxDepth() + 1];
    states[0] = start;
    loops[0] = start.loops();
    int i = 1;
    while (i < trie.size()) {
      int depth = trie.depth(i);
      long before = partials[depth - 1];
      if (before == JsonStringDecoder.NONE && (kindsFrom[i] & ~loops[depth - 1]) == 0) {
        i = admitBelow(i, removing, mask);
        continue;
      }
      long result = JsonStringDecoder.step(before, trie.label(i));
      boolean whole = JsonStringDecoder.isCharacter(result);
      CharState next = next(states[depth - 1], result);
      if (next == null) {
        if (removing) {
          trie.removeTokensBelow(i, mask);
        }
        i = trie.end(i);
        continue;
      }
      // A leaf calls for nothing of the state, which may then never be worked out.
      loops[depth] = whole && kindsBelow[i] != 0 ? next.loops() : CharKinds.NONE;
      if (whole && (kindsBelow[i] & ~loops[depth]) == 0) {
        i = admitBelow(i, removing, mask);
      } else {
        states[depth] = next;
        partials[depth] = whole ? JsonStringDecoder.NONE : result;
        if (!removing) {
          trie.addTokensAt(i, mask);
        }
        i++;
      }
    }
  }

  private static @Nullable CharState next(CharState state, long result) {
    if (JsonStringDecoder.isCharacter(result)) {
      return state.next(JsonStringDecoder.character(result));
    }
    return JsonStringDecoder.canComplete(result, state::anyNext) ? state : null;
  }

  private int admitBelow(int node, boolean removing, long[] mask) {
    if (!removing) {
      trie.addTokensBelow(node, mask);
    }
    return trie.end(node);
  }
}
