package dev.sirocco.tokenizer;

import java.util.Arrays;

/**
 * Merges neighbouring symbols of a word, the best merge first and of equal ones the leftmost, until
 * none is left: byte-pair encoding (Sennrich et al. 2016, section 3.2).
 *
 * <p>Short words are scanned, long ones use a heap: O(n log n). Each symbol has a start in the
 * word's bytes; −1 is a symbol without a token, which never merges. One thread at a time.
 */
final class SymbolMerger {

  private static final int SHORT = 24;
  private static final int NOWHERE = -1;

  private int[] symbols = new int[64];
  private int[] starts = new int[64];
  private long[] merges = new long[64];
  private int size;

  void clear() {
    size = 0;
  }

  void add(int symbol, int start) {
    if (size == symbols.length) {
      symbols = Arrays.copyOf(symbols, size * 2);
      starts = Arrays.copyOf(starts, size * 2);
      merges = new long[size * 2];
    }
    symbols[size] = symbol;
    starts[size++] = start;
  }

  int size() {
    return size;
  }

  int symbol(int index) {
    return symbols[index];
  }

  int start(int index) {
    return starts[index];
  }

  /** Merges what can be merged; the symbols left are then 0 to {@link #size()}. */
  void merge(MergeRule rule) {
    for (int i = 0; i + 1 < size; i++) {
      merges[i] = mergeOf(rule, i, i + 1);
    }
    if (size <= SHORT) {
      mergeByScanning(rule);
    } else {
      mergeByHeap(rule);
    }
  }

  private long mergeOf(MergeRule rule, int left, int right) {
    return symbols[left] < 0 || symbols[right] < 0
        ? MergeRule.NONE
        : rule.merge(symbols[left], symbols[right]);
  }

  private static long rank(long merge) {
    return merge >>> 32;
  }

  private void mergeByScanning(MergeRule rule) {
    while (true) {
      int best = NOWHERE;
      long bestRank = rank(MergeRule.NONE);
      for (int i = 0; i + 1 < size; i++) {
        if (rank(merges[i]) < bestRank) {
          best = i;
          bestRank = rank(merges[i]);
        }
      }
      if (best == NOWHERE) {
        return;
      }
      symbols[best] = (int) merges[best];
      remove(best + 1);
      if (best + 1 < size) {
        merges[best] = mergeOf(rule, best, best + 1);
      }
      if (best > 0) {
        merges[best - 1] = mergeOf(rule, best - 1, best);
      }
    }
  }

  private void remove(int index) {
    int moved = size - index - 1;
    System.arraycopy(symbols, index + 1, symbols, index, moved);
    System.arraycopy(starts, index + 1, starts, index, moved);
    System.arraycopy(merges, index + 1, merges, index, moved);
    size--;
  }

  private void mergeByHeap(MergeRule rule) {
    int[] next = new int[size];
    int[] previous = new int[size];
    LongHeap candidates = new LongHeap(size);
    for (int i = 0; i < size; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      if (i + 1 < size) {
        offer(candidates, i);
      }
    }
    merges[size - 1] = MergeRule.NONE;
    while (!candidates.isEmpty()) {
      long candidate = candidates.poll();
      int left = (int) candidate;
      if (rank(merges[left]) != rank(candidate)) {
        continue; // the pair that this stood for is gone
      }
      int right = next[left];
      symbols[left] = (int) merges[left];
      merges[right] = MergeRule.NONE;
      next[left] = next[right];
      if (next[left] < size) {
        previous[next[left]] = left;
        merges[left] = mergeOf(rule, left, next[left]);
        offer(candidates, left);
      } else {
        merges[left] = MergeRule.NONE;
      }
      int before = previous[left];
      if (before >= 0) {
        merges[before] = mergeOf(rule, before, left);
        offer(candidates, before);
      }
    }
    compact(next);
  }

  private void offer(LongHeap candidates, int left) {
    if (merges[left] != MergeRule.NONE) {
      candidates.add((rank(merges[left]) << 32) | left);
    }
  }

  private void compact(int[] next) {
    int kept = 0;
    for (int i = 0; i < size; i = next[i]) {
      symbols[kept] = symbols[i];
      starts[kept++] = starts[i];
    }
    size = kept;
  }
}
