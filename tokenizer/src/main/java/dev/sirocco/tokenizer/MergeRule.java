package dev.sirocco.tokenizer;

import java.util.Arrays;

/** Which two neighbouring symbols merge, into what, and which merge comes first. */
interface MergeRule {

  /** The two do not merge. Greater than any merge. */
  long NONE = Long.MAX_VALUE;

  /**
   * The merge of two symbols: its rank (lower comes first) in the upper 32 bits, the merged symbol
   * in the lower; or {@link #NONE}.
   */
  long merge(int left, int right);

  static long pack(int rank, int merged) {
    return ((long) rank << 32) | merged;
  }

  /** Two symbols merge if the vocabulary has their concatenation. */
  final class Concatenation implements MergeRule {

    private final Vocabulary vocabulary;
    private final int[] ranks;

    /**
     * @param ranks by id; tokens beyond have none and never arise
     */
    Concatenation(Vocabulary vocabulary, int[] ranks) {
      this.vocabulary = vocabulary;
      this.ranks = ranks;
    }

    /** Ranks that put higher scores first; equal scores have equal ranks. */
    static Concatenation byScore(Vocabulary vocabulary, float[] scores) {
      float[] descending = new float[scores.length];
      for (int i = 0; i < scores.length; i++) {
        descending[i] = 0f - scores[i];
      }
      float[] sorted = descending.clone();
      Arrays.sort(sorted);
      int[] ranks = new int[scores.length];
      int distinct = 0;
      for (int i = 1; i < sorted.length; i++) {
        if (sorted[i] != sorted[distinct]) {
          sorted[++distinct] = sorted[i];
        }
      }
      for (int i = 0; i < ranks.length; i++) {
        ranks[i] = Arrays.binarySearch(sorted, 0, distinct + 1, descending[i]);
      }
      return new Concatenation(vocabulary, ranks);
    }

    @Override
    public long merge(int left, int right) {
      int merged = vocabulary.find(left, right);
      return merged == Vocabulary.ABSENT || merged >= ranks.length
          ? NONE
          : pack(ranks[merged], merged);
    }
  }

  /** Two symbols merge if they are listed; the rank is the place in the list. */
  final class Listed implements MergeRule {

    private final long[] keys;
    private final long[] merges;
    private int size;

    /** A list with room for the given number of merges. */
    Listed(int capacity) {
      int slots = Integer.highestOneBit(Math.max(capacity, 8)) * 4;
      keys = new long[slots];
      merges = new long[slots];
      Arrays.fill(keys, -1);
    }

    /** Adds the next merge; a pair that is there already keeps its rank. */
    void add(int left, int right, int merged) {
      int slot = slot(key(left, right));
      if (keys[slot] == -1) {
        keys[slot] = key(left, right);
        merges[slot] = pack(size, merged);
      }
      size++;
    }

    @Override
    public long merge(int left, int right) {
      int slot = slot(key(left, right));
      return keys[slot] == -1 ? NONE : merges[slot];
    }

    private int slot(long key) {
      long mixed = key * 0x9E3779B97F4A7C15L;
      int slot = (int) (mixed >>> 34) & (keys.length - 1);
      while (keys[slot] != -1 && keys[slot] != key) {
        slot = (slot + 1) & (keys.length - 1);
      }
      return slot;
    }

    private static long key(int left, int right) {
      return ((long) left << 32) | right;
    }
  }
}
