package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.JsonStringDecoder;
import dev.sirocco.engine.constrain.core.StringTokens;
import dev.sirocco.engine.constrain.core.TokenTrie;
import dev.sirocco.engine.constrain.core.VocabularyMasks;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tokens that may come inside a string. Where the characters do not matter, or only their
 * number does, the tokens that stay inside are known beforehand ({@link StringTokens}); what
 * remains are the few that close the string or hold an escape.
 */
final class StringTokensWalk {

  private final VocabularyMasks masks;
  private final TokenTrie all;
  private final StringTokens strings;
  private final StringEnd end;
  private final long[] mask;
  private @Nullable CharState closedAt;
  private @Nullable AutomatonState closed;

  StringTokensWalk(VocabularyMasks masks, StringEnd end, long[] mask) {
    this.masks = masks;
    this.all = masks.vocabulary().trie();
    this.strings = masks.vocabulary().strings();
    this.end = end;
    this.mask = mask;
  }

  void add(InString start, CharState state, long partial) {
    if (partial != JsonStringDecoder.NONE || isOneOfFew(state)) {
      walk(all, state, partial);
    } else if (state instanceof KeyState key && key.tracksNames()) {
      addUnnamed(key.withoutNames());
      followNames(key);
    } else {
      addUnnamed(state);
    }
    // A token with many quotes may hold this string and the next, which depends on it. Where items
    // must be unique, all that comes behind the string does.
    TokenTrie dependent = end.decidesWhatFollows() ? strings.closers() : strings.manyQuotes();
    dependent.removeTokensBelow(TokenTrie.ROOT, mask);
    dependent.addTokens(TokenTrie.ROOT, start, mask);
  }

  // A key that can only be a listed name is followed quickest.
  private static boolean isOneOfFew(CharState state) {
    return state instanceof KeyState key && key.others() == null;
  }

  private void addUnnamed(CharState state) {
    if (state.free()) {
      addFree(state);
    } else if (state.safeRun() > 0) {
      or(strings.safe(state.safeRun()));
      walk(strings.others(), state, JsonStringDecoder.NONE);
    } else {
      CharState others = state instanceof KeyState key ? key.others() : null;
      or(masks.inside(others == null ? state : others));
      walk(strings.closers(), state, JsonStringDecoder.NONE);
    }
  }

  private void addFree(CharState state) {
    or(strings.inside());
    AutomatonState after = end.close(state, null);
    if (after != null) {
      strings.closing().addTokens(TokenTrie.ROOT, after, mask);
    }
  }

  private void or(long[] bits) {
    for (int w = 0; w < bits.length; w++) {
      mask[w] |= bits[w];
    }
  }

  // Neighbouring tokens often close the string in the same state.
  private @Nullable AutomatonState close(CharState state) {
    if (!state.equals(closedAt)) {
      closedAt = state;
      closed = end.close(state, null);
    }
    return closed;
  }

  private void walk(TokenTrie trie, CharState start, long startPartial) {
    @Nullable CharState[] states = new CharState[trie.maxDepth() + 1];
    long[] partials = new long[trie.maxDepth() + 1];
    states[0] = start;
    partials[0] = startPartial;
    int i = 1;
    while (i < trie.size()) {
      int depth = trie.depth(i);
      CharState state = states[depth - 1];
      long result = JsonStringDecoder.step(partials[depth - 1], trie.label(i));
      CharState next = null;
      long partial = JsonStringDecoder.NONE;
      if (state == null || result == JsonStringDecoder.BAD) {
        next = null;
      } else if (JsonStringDecoder.isCharacter(result)) {
        next = state.next(JsonStringDecoder.character(result));
      } else if (result == JsonStringDecoder.CLOSED) {
        AutomatonState after = close(state);
        if (after != null) {
          trie.addTokens(i, after, mask);
        }
      } else if (JsonStringDecoder.canComplete(result, state::anyNext)) {
        next = state;
        partial = result;
      }
      if (next == null) {
        i = trie.end(i);
      } else {
        states[depth] = next;
        partials[depth] = partial;
        trie.addTokensAt(i, mask);
        i++;
      }
    }
  }

  // The mask is right for keys that are no listed name; follows those that begin like one.
  private void followNames(KeyState start) {
    KeyState[] states = new KeyState[all.maxDepth() + 1];
    long[] partials = new long[all.maxDepth() + 1];
    states[0] = start;
    int i = 1;
    while (i < all.size()) {
      int depth = all.depth(i);
      KeyState state = states[depth - 1];
      if (partials[depth - 1] == JsonStringDecoder.NONE && leavesNames(state, all.label(i))) {
        i = all.end(i);
        continue;
      }
      long result = JsonStringDecoder.step(partials[depth - 1], all.label(i));
      boolean whole = JsonStringDecoder.isCharacter(result);
      KeyState next = next(state, result);
      if (next == null) {
        all.removeTokensBelow(i, mask);
        if (result == JsonStringDecoder.CLOSED) {
          addClosed(i, state);
        }
        i = all.end(i);
      } else if (whole && !next.tracksNames()) {
        i = all.end(i);
      } else {
        states[depth] = next;
        partials[depth] = whole ? JsonStringDecoder.NONE : result;
        all.addTokensAt(i, mask);
        i++;
      }
    }
  }

  // Whether the character that begins with byte b is plain and goes on with no listed name.
  private static boolean leavesNames(KeyState state, int b) {
    return b < 0x80
        ? b != '"' && b != '\\' && !state.tracksNamesAfter(b, b)
        : !state.tracksNamesAfter(0x80, Character.MAX_CODE_POINT);
  }

  private static @Nullable KeyState next(KeyState state, long result) {
    if (JsonStringDecoder.isCharacter(result)) {
      return state.next(JsonStringDecoder.character(result));
    }
    return result >= 0 && JsonStringDecoder.canComplete(result, state::anyNext) ? state : null;
  }

  private void addClosed(int node, CharState state) {
    AutomatonState after = close(state);
    if (after != null) {
      all.addTokens(node, after, mask);
    }
  }
}
