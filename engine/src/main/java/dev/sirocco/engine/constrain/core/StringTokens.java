package dev.sirocco.engine.constrain.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tokens as seen from inside a JSON string, worked out once per vocabulary so that the mask of
 * a string takes copying bits instead of walking the whole trie. Immutable.
 */
public final class StringTokens {

  private static final int MOST_QUOTES = 2;

  private final long[][] safe = new long[SafeChars.LONGEST_RUN + 1][];
  private final TokenTrie others;
  private final long[] inside;
  private final InsideTokens insideTokens;
  private final TokenTrie closing;
  private final TokenTrie manyQuotes;
  private final TokenTrie closers;

  StringTokens(List<TokenTrie.Entry> tokens, int words) {
    inside = new long[words];
    long[][] exact = new long[SafeChars.LONGEST_RUN + 1][words];
    List<TokenTrie.Entry> stayingTokens = new ArrayList<>();
    List<TokenTrie.Entry> otherTokens = new ArrayList<>();
    List<TokenTrie.Entry> closingTokens = new ArrayList<>();
    List<TokenTrie.Entry> manyQuoteTokens = new ArrayList<>();
    List<TokenTrie.Entry> closerTokens = new ArrayList<>();
    for (TokenTrie.Entry entry : tokens) {
      int length = safeLength(entry.bytes());
      if (length >= 0) {
        set(exact[length], entry.token());
      } else {
        otherTokens.add(entry);
      }
      int close = closingQuote(entry.bytes());
      if (close == entry.bytes().length) {
        set(inside, entry.token());
        stayingTokens.add(entry);
      } else if (close >= 0) {
        closerTokens.add(entry);
        byte[] rest = Arrays.copyOfRange(entry.bytes(), close + 1, entry.bytes().length);
        if (quotes(rest) < MOST_QUOTES) {
          closingTokens.add(new TokenTrie.Entry(rest, entry.token()));
        } else {
          manyQuoteTokens.add(entry);
        }
      }
    }
    accumulate(exact);
    insideTokens = new InsideTokens(stayingTokens, inside);
    others = new TokenTrie(otherTokens);
    closing = new TokenTrie(closingTokens);
    manyQuotes = new TokenTrie(manyQuoteTokens);
    closers = new TokenTrie(closerTokens);
  }

  private void accumulate(long[][] exact) {
    for (int k = 0; k < safe.length; k++) {
      safe[k] = exact[k];
      for (int w = 0; k > 0 && w < exact[k].length; w++) {
        safe[k][w] |= safe[k - 1][w];
      }
    }
  }

  private static void set(long[] bits, int token) {
    bits[token >> 6] |= 1L << token;
  }

  private static int quotes(byte[] bytes) {
    int n = 0;
    for (byte b : bytes) {
      n += b == '"' ? 1 : 0;
    }
    return n;
  }

  // Characters of a token of safe characters alone; -1 for any other.
  private static int safeLength(byte[] bytes) {
    long partial = JsonStringDecoder.NONE;
    int length = 0;
    for (byte b : bytes) {
      long result = JsonStringDecoder.step(partial, b & 0xFF);
      if (b == '\\' || result == JsonStringDecoder.CLOSED || result == JsonStringDecoder.BAD) {
        return -1;
      }
      if (JsonStringDecoder.isCharacter(result)) {
        if (!SafeChars.contains(JsonStringDecoder.character(result))) {
          return -1;
        }
        length++;
        partial = JsonStringDecoder.NONE;
      } else {
        partial = result;
      }
    }
    return partial == JsonStringDecoder.NONE && length <= SafeChars.LONGEST_RUN ? length : -1;
  }

  // Index of the quote that closes a string in which the token begins; the length if the token
  // stays
  // inside, -1 if it is no part of a string.
  private static int closingQuote(byte[] bytes) {
    long partial = JsonStringDecoder.NONE;
    for (int i = 0; i < bytes.length; i++) {
      long result = JsonStringDecoder.step(partial, bytes[i] & 0xFF);
      if (result == JsonStringDecoder.CLOSED) {
        return i;
      }
      if (result == JsonStringDecoder.BAD) {
        return -1;
      }
      partial = JsonStringDecoder.isCharacter(result) ? JsonStringDecoder.NONE : result;
    }
    return bytes.length;
  }

  /** Bits of the tokens of at most {@code run} safe characters and nothing else. */
  public long[] safe(int run) {
    return safe[Math.min(run, SafeChars.LONGEST_RUN)];
  }

  /** The tokens that {@link #safe} never names. */
  public TokenTrie others() {
    return others;
  }

  /** Bits of the tokens that stay inside a string whose text is free. */
  public long[] inside() {
    return inside;
  }

  /** Bits of the tokens that stay inside a string whose text {@code state} follows. */
  long[] inside(CharState state) {
    return insideTokens.mask(state);
  }

  /** The tokens that close a string whose text is free, by what comes behind the quote. */
  public TokenTrie closing() {
    return closing;
  }

  /** Tokens with so many quotes that they might hold a whole name or value behind the string. */
  public TokenTrie manyQuotes() {
    return manyQuotes;
  }

  /** All tokens that close a string whose text is free, from their first byte. */
  public TokenTrie closers() {
    return closers;
  }
}
