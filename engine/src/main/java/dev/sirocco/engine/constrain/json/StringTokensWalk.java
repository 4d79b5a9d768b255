package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.JsonStringDecoder;
import dev.sirocco.engine.constrain.core.StringTokens;
import dev.sirocco.engine.constrain.core.TokenTrie;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tokens that may come inside a string. Where the characters do not matter, or only their
 * number does, the tokens that stay inside are known beforehand ({@link StringTokens}); what
 * remains are the few that close the string or hold an escape.
 */
final class StringTokensWalk {

  private static final String TYPICAL = "aesr_10 AT";

  private final TokenTrie all;
  private final StringTokens strings;
  private final StringEnd end;
  private final long[] mask;
  private @Nullable CharState closedAt;
  private @Nullable AutomatonState closed;

  StringTokensWalk(TokenVocabulary vocabulary, StringEnd end, long[] mask) {
    this.all = vocabulary.trie();
    this.strings = vocabulary.strings();
    this.end = end;
    this.mask = mask;
  }

  void add(InString start, CharState state, long partial) {
    CharState free = partial == JsonStringDecoder.NONE ? freeContinuation(state) : null;
    if (free != null) {
      addFree(free);
      if (!same(state, free)) {
        correct(state, free);
      }
    } else if (partial == JsonStringDecoder.NONE && state.safeRun() > 0) {
      or(strings.safe(state.safeRun()));
      walk(strings.others(), state, partial);
    } else {
      walk(all, state, partial);
    }
    // A token with many quotes may hold this string and the next, which depends on it. Where items
    // must be unique, all that comes behind the string does.
    TokenTrie dependent = end.decidesWhatFollows() ? strings.closers() : strings.manyQuotes();
    dependent.removeTokensBelow(TokenTrie.ROOT, mask);
    dependent.addTokens(TokenTrie.ROOT, start, mask);
  }

  // A state in which everything may follow, to which most characters lead; null if there is none.
  private static @Nullable CharState freeContinuation(CharState state) {
    CharState unnamed = state instanceof KeyState key ? key.withoutNames() : state;
    if (unnamed.free()) {
      return unnamed;
    }
    for (int i = 0; i < TYPICAL.length(); i++) {
      CharState next = unnamed.next(TYPICAL.charAt(i));
      if (next != null && next.free()) {
        return next;
      }
    }
    return null;
  }

  private static boolean same(CharState a, CharState b) {
    if (a instanceof KeyState x && b instanceof KeyState y) {
      return !x.tracksNames() && !y.tracksNames() && Objects.equals(x.others(), y.others());
    }
    return a.equals(b);
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

  // The mask is right behind every beginning that leads to the free state; follows the others.
  private void correct(CharState start, CharState free) {
    @Nullable CharState[] states = new CharState[all.maxDepth() + 1];
    long[] partials = new long[all.maxDepth() + 1];
    states[0] = start;
    int i = 1;
    while (i < all.size()) {
      int depth = all.depth(i);
      CharState state = states[depth - 1];
      long result = JsonStringDecoder.step(partials[depth - 1], all.label(i));
      CharState next = null;
      long partial = JsonStringDecoder.NONE;
      if (state != null && JsonStringDecoder.isCharacter(result)) {
        next = state.next(JsonStringDecoder.character(result));
      } else if (state != null && result >= 0) {
        next = JsonStringDecoder.canComplete(result, state::anyNext) ? state : null;
        partial = result;
      }
      if (next == null) {
        all.removeTokensBelow(i, mask);
        if (state != null && result == JsonStringDecoder.CLOSED) {
          addClosed(i, state);
        }
        i = all.end(i);
      } else if (partial == JsonStringDecoder.NONE && same(next, free)) {
        i = all.end(i);
      } else {
        states[depth] = next;
        partials[depth] = partial;
        all.addTokensAt(i, mask);
        i++;
      }
    }
  }

  private void addClosed(int node, CharState state) {
    AutomatonState after = close(state);
    if (after != null) {
      all.addTokens(node, after, mask);
    }
  }
}
