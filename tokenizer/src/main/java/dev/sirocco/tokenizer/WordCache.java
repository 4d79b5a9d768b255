package dev.sirocco.tokenizer;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the ids of short words. Of fixed size: a word takes the place of another with the same
 * slot. Safe for several threads.
 */
final class WordCache {

  private static final int SLOTS = 1 << 13;
  private static final int LONGEST_WORD = 48;

  private static final class Entry {
    private final byte[] word;
    private final int[] ids;

    private Entry(byte[] word, int[] ids) {
      this.word = word;
      this.ids = ids;
    }
  }

  private final AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(SLOTS);

  /** Appends the ids of {@code bytes[from, to)} if they are known. */
  boolean appendTo(IntList ids, byte[] bytes, int from, int to) {
    if (to - from > LONGEST_WORD) {
      return false;
    }
    Entry entry = entries.get(slot(bytes, from, to));
    if (entry == null || !Arrays.equals(entry.word, 0, entry.word.length, bytes, from, to)) {
      return false;
    }
    ids.addAll(entry.ids);
    return true;
  }

  void put(byte[] bytes, int from, int to, int[] ids) {
    if (to - from <= LONGEST_WORD) {
      entries.set(slot(bytes, from, to), new Entry(Arrays.copyOfRange(bytes, from, to), ids));
    }
  }

  private static int slot(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + bytes[i];
    }
    hash *= 0x9E3779B9;
    return (hash >>> 13) & (SLOTS - 1);
  }
}
