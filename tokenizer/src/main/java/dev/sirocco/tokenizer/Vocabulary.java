package dev.sirocco.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * The tokens of a vocabulary: id → bytes and type, and bytes → id for the tokens that text can
 * become.
 *
 * <p>Bytes are what a token stands for in a text; SentencePiece's ▁ is stored as the space that it
 * means. All bytes lie in one array. The table from bytes to ids is open-addressed; its hash of a
 * concatenation follows from the hashes of the parts, so that {@link #find(int, int)} looks up two
 * joined tokens without joining them. Immutable.
 */
final class Vocabulary {

  /** No such token. */
  static final int ABSENT = -1;

  private static final long HASH_BASE = 0x9E3779B97F4A7C15L;

  private final byte[] pool;
  private final int[] offsets;
  private final TokenType[] types;
  private final int size;
  private final long[] hashes;
  private final long[] powers;
  private final int[] slots;

  private Vocabulary(Builder builder) {
    pool = Arrays.copyOf(builder.pool, builder.offsets[builder.entries]);
    offsets = Arrays.copyOf(builder.offsets, builder.entries + 1);
    types = Arrays.copyOf(builder.types, builder.entries);
    size = builder.size;
    hashes = new long[types.length];
    powers = new long[builder.longest + 1];
    powers[0] = 1;
    for (int i = 1; i < powers.length; i++) {
      powers[i] = powers[i - 1] * HASH_BASE;
    }
    slots = new int[Integer.highestOneBit(Math.max(types.length, 8)) * 4];
    Arrays.fill(slots, ABSENT);
    for (int id = 0; id < types.length; id++) {
      hashes[id] = hash(pool, offsets[id], offsets[id + 1]);
      if (types[id].isMergeable() && length(id) > 0) {
        insert(id);
      }
    }
  }

  /** The number of tokens that have an id. */
  int size() {
    return size;
  }

  TokenType type(int id) {
    return types[id];
  }

  int length(int id) {
    return offsets[id + 1] - offsets[id];
  }

  byte[] bytes(int id) {
    return Arrays.copyOfRange(pool, offsets[id], offsets[id + 1]);
  }

  String text(int id) {
    return new String(pool, offsets[id], length(id), StandardCharsets.UTF_8);
  }

  boolean startsWithSpace(int id) {
    return length(id) > 0 && pool[offsets[id]] == ' ';
  }

  /** The control, unknown or user-defined token with a name. */
  OptionalInt specialNamed(String name) {
    for (int id = 0; id < size; id++) {
      TokenType type = types[id];
      boolean special =
          type == TokenType.CONTROL || type == TokenType.UNKNOWN || type == TokenType.USER_DEFINED;
      if (special && text(id).equals(name)) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  /** Whether a space follows another character in a token. */
  boolean hasSpaceAfterOther(int id) {
    for (int i = offsets[id] + 1; i < offsets[id + 1]; i++) {
      if (pool[i] == ' ' && pool[i - 1] != ' ') {
        return true;
      }
    }
    return false;
  }

  /** The token with the bytes {@code source[from, to)}, or {@link #ABSENT}. */
  int find(byte[] source, int from, int to) {
    int length = to - from;
    if (length >= powers.length) {
      return ABSENT;
    }
    long hash = hash(source, from, to);
    for (int slot = slot(hash); ; slot = (slot + 1) & (slots.length - 1)) {
      int id = slots[slot];
      if (id == ABSENT) {
        return ABSENT;
      }
      if (hashes[id] == hash
          && Arrays.equals(pool, offsets[id], offsets[id + 1], source, from, to)) {
        return id;
      }
    }
  }

  /** The token whose bytes are those of {@code left} and then of {@code right}. */
  int find(int left, int right) {
    int length = length(left) + length(right);
    if (length >= powers.length) {
      return ABSENT;
    }
    long hash = hashes[left] * powers[length(right)] + hashes[right];
    for (int slot = slot(hash); ; slot = (slot + 1) & (slots.length - 1)) {
      int id = slots[slot];
      if (id == ABSENT) {
        return ABSENT;
      }
      if (hashes[id] == hash && length(id) == length && isConcatenation(id, left, right)) {
        return id;
      }
    }
  }

  private boolean isConcatenation(int id, int left, int right) {
    int middle = offsets[id] + length(left);
    return Arrays.equals(pool, offsets[id], middle, pool, offsets[left], offsets[left + 1])
        && Arrays.equals(pool, middle, offsets[id + 1], pool, offsets[right], offsets[right + 1]);
  }

  private void insert(int id) {
    int slot = slot(hashes[id]);
    while (slots[slot] != ABSENT) {
      int other = slots[slot];
      if (hashes[other] == hashes[id]
          && Arrays.equals(
              pool, offsets[id], offsets[id + 1], pool, offsets[other], offsets[other + 1])) {
        return; // the lower id of equal tokens wins
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    slots[slot] = id;
  }

  private int slot(long hash) {
    long mixed = (hash ^ (hash >>> 32)) * 0xD6E8FEB86659FD93L;
    return (int) (mixed >>> 33) & (slots.length - 1);
  }

  private static long hash(byte[] source, int from, int to) {
    long hash = 0;
    for (int i = from; i < to; i++) {
      hash = hash * HASH_BASE + (source[i] + 257);
    }
    return hash;
  }

  /** Collects tokens in the order of their ids. */
  static final class Builder {
    private byte[] pool = new byte[1 << 16];
    private int[] offsets = new int[1 << 12];
    private TokenType[] types = new TokenType[1 << 12];
    private int entries;
    private int size = -1;
    private int longest;

    /** Adds the token with the next id. */
    void add(byte[] bytes, TokenType type) {
      int start = offsets[entries];
      int end = Math.addExact(start, bytes.length);
      if (end > pool.length) {
        pool = Arrays.copyOf(pool, Math.max(end, Math.multiplyExact(pool.length, 2)));
      }
      if (entries + 1 == types.length) {
        types = Arrays.copyOf(types, types.length * 2);
        offsets = Arrays.copyOf(offsets, types.length);
      }
      System.arraycopy(bytes, 0, pool, start, bytes.length);
      types[entries++] = type;
      offsets[entries] = end;
      longest = Math.max(longest, bytes.length);
    }

    void add(String text, TokenType type) {
      add(text.getBytes(StandardCharsets.UTF_8), type);
    }

    int entries() {
      return entries;
    }

    /** Ends the tokens with an id: what is added later only serves as a step of merging. */
    void endTokens() {
      size = entries;
    }

    Vocabulary build() {
      if (size < 0) {
        endTokens();
      }
      return new Vocabulary(this);
    }
  }
}
