package dev.sirocco.engine.constrain.core;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tokens by their bytes, as a trie laid out in preorder: the nodes below node {@code i} are {@code
 * i + 1} to {@code end(i) - 1}, so that a walk is a loop and skipping what is below a node is a
 * jump. Immutable.
 */
public final class TokenTrie {

  /** The node of the empty text. */
  public static final int ROOT = 0;

  /** A text and the token it belongs to. */
  static final class Entry {
    private final byte[] bytes;
    private final int token;

    Entry(byte[] bytes, int token) {
      this.bytes = bytes;
      this.token = token;
    }

    byte[] bytes() {
      return bytes;
    }

    int token() {
      return token;
    }
  }

  private final byte[] labels;
  private final short[] depths;
  private final int[] ends;
  private final int[]
      firstToken; // Of node i: tokens[firstToken[i]] to tokens[firstToken[i + 1] - 1].
  private final int[] tokens;
  private final int maxDepth;

  /** A trie of {@code entries}; several tokens may have the same bytes. */
  TokenTrie(List<Entry> entries) {
    Entry[] sorted = entries.toArray(Entry[]::new);
    Arrays.sort(sorted, (a, b) -> Arrays.compareUnsigned(a.bytes, b.bytes));
    int nodes = countNodes(sorted);
    labels = new byte[nodes];
    depths = new short[nodes];
    ends = new int[nodes];
    firstToken = new int[nodes + 1];
    tokens = new int[sorted.length];
    maxDepth = fill(sorted, nodes);
  }

  private static int countNodes(Entry[] sorted) {
    int nodes = 1;
    byte[] previous = {};
    for (Entry entry : sorted) {
      nodes += entry.bytes.length - common(previous, entry.bytes);
      previous = entry.bytes;
    }
    return nodes;
  }

  private static int common(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  private int fill(Entry[] sorted, int nodes) {
    int deepest = Arrays.stream(sorted).mapToInt(e -> e.bytes.length).max().orElse(0);
    int[] path = new int[deepest + 1];
    int node = 0;
    int depth = 0;
    byte[] previous = {};
    for (int t = 0; t < sorted.length; t++) {
      byte[] bytes = sorted[t].bytes;
      int shared = common(previous, bytes);
      for (; depth > shared; depth--) {
        ends[path[depth]] = node + 1;
      }
      for (; depth < bytes.length; depth++) {
        path[depth + 1] = ++node;
        labels[node] = bytes[depth];
        depths[node] = (short) (depth + 1);
        firstToken[node] = t;
      }
      tokens[t] = sorted[t].token;
      previous = bytes;
    }
    for (; depth >= 0; depth--) {
      ends[path[depth]] = nodes;
    }
    firstToken[nodes] = sorted.length;
    return deepest;
  }

  /** Number of nodes. */
  public int size() {
    return labels.length;
  }

  /** The byte that leads to {@code node}, 0 to 255. */
  public int label(int node) {
    return labels[node] & 0xFF;
  }

  /** Length of the text of {@code node} in bytes. */
  public int depth(int node) {
    return depths[node];
  }

  /** The first node that is not below {@code node}. */
  public int end(int node) {
    return ends[node];
  }

  /** Length of the longest token in bytes. */
  public int maxDepth() {
    return maxDepth;
  }

  /** Sets the bits of the tokens that end at {@code node}. */
  public void addTokensAt(int node, long[] mask) {
    for (int t = firstToken[node]; t < firstToken[node + 1]; t++) {
      mask[tokens[t] >> 6] |= 1L << tokens[t];
    }
  }

  /** Sets the bits of the tokens that end at or below {@code node}. */
  public void addTokensBelow(int node, long[] mask) {
    for (int t = firstToken[node]; t < firstToken[ends[node]]; t++) {
      mask[tokens[t] >> 6] |= 1L << tokens[t];
    }
  }

  /** Clears the bits of the tokens that end at or below {@code node}. */
  public void removeTokensBelow(int node, long[] mask) {
    for (int t = firstToken[node]; t < firstToken[ends[node]]; t++) {
      mask[tokens[t] >> 6] &= ~(1L << tokens[t]);
    }
  }

  /**
   * Sets the bits of the tokens that end at or below {@code node} and that {@code state}, the state
   * after the text of {@code node}, admits.
   */
  public void addTokens(int node, AutomatonState state, long[] mask) {
    addTokensAt(node, mask);
    int base = depths[node];
    @Nullable AutomatonState[] path = new AutomatonState[maxDepth - base + 1];
    path[0] = state;
    int i = node + 1;
    int stop = ends[node];
    while (i < stop) {
      AutomatonState before = path[depths[i] - base - 1];
      AutomatonState after = before == null ? null : before.next(labels[i] & 0xFF);
      if (after == null) {
        i = ends[i];
      } else {
        path[depths[i] - base] = after;
        addTokensAt(i, mask);
        i++;
      }
    }
  }
}
