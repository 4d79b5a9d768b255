package dev.sirocco.engine.constrain.core;

import dev.sirocco.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/**
 * The tokens of a model as bytes, prepared for masks. Made once per model; immutable and safe for
 * use by several threads.
 */
public final class TokenVocabulary {

  private final int size;
  private final byte[][] bytes;
  private final int[] endOfGeneration;
  private final TokenTrie trie;
  private final StringTokens strings;

  private TokenVocabulary(byte[][] bytes, int[] endOfGeneration) {
    this.size = bytes.length;
    this.bytes = bytes;
    this.endOfGeneration = endOfGeneration;
    List<TokenTrie.Entry> entries = new ArrayList<>(size);
    for (int id = 0; id < size; id++) {
      if (bytes[id].length > 0) {
        entries.add(new TokenTrie.Entry(bytes[id], id));
      }
    }
    this.trie = new TokenTrie(entries);
    this.strings = new StringTokens(entries, words());
  }

  /**
   * A vocabulary of {@code size} tokens.
   *
   * @param bytes of each token; empty for one that stands for no text
   * @param control whether a token is a control token, which a constraint never admits
   * @param endOfGeneration tokens that end an answer; admitted where the text may end
   * @throws IllegalArgumentException if an end token is not in the vocabulary, or a token is longer
   *     than 32,767 bytes
   */
  public static TokenVocabulary of(
      int size, IntFunction<byte[]> bytes, IntPredicate control, Set<Integer> endOfGeneration) {
    byte[][] all = new byte[size][];
    for (int id = 0; id < size; id++) {
      all[id] =
          control.test(id) || endOfGeneration.contains(id) ? new byte[0] : bytes.apply(id).clone();
      if (all[id].length > Short.MAX_VALUE) {
        throw new IllegalArgumentException(
            "token %d has %,d bytes, but at most %,d are possible"
                .formatted(id, all[id].length, Short.MAX_VALUE));
      }
    }
    for (int id : endOfGeneration) {
      if (id < 0 || id >= size) {
        throw new IllegalArgumentException(
            "end token %d is not in the vocabulary of %,d tokens".formatted(id, size));
      }
    }
    return new TokenVocabulary(
        all, endOfGeneration.stream().mapToInt(Integer::intValue).sorted().toArray());
  }

  /** The vocabulary of a tokenizer. */
  public static TokenVocabulary of(Tokenizer tokenizer) {
    return of(
        tokenizer.vocabSize(),
        tokenizer::bytes,
        tokenizer::isControl,
        tokenizer.endOfGenerationIds());
  }

  /** A vocabulary without control tokens. */
  public static TokenVocabulary of(List<byte[]> tokens, Set<Integer> endOfGeneration) {
    return of(tokens.size(), tokens::get, id -> false, endOfGeneration);
  }

  /** Number of tokens, control tokens included. */
  public int size() {
    return size;
  }

  /** Length of a mask: 64 tokens per word. */
  public int words() {
    return (size + 63) >> 6;
  }

  /** The bytes of a token; none for control and end tokens. */
  public byte[] bytes(int id) {
    return bytes[id].clone();
  }

  /** Length of {@link #bytes(int)}. */
  public int length(int id) {
    return bytes[id].length;
  }

  /** Byte {@code i} of token {@code id}, 0 to 255. */
  public int byteAt(int id, int i) {
    return bytes[id][i] & 0xFF;
  }

  public boolean isEndOfGeneration(int id) {
    return Arrays.binarySearch(endOfGeneration, id) >= 0;
  }

  /** Sets the bits of the tokens that end an answer. */
  public void addEndOfGeneration(long[] mask) {
    for (int id : endOfGeneration) {
      mask[id >> 6] |= 1L << id;
    }
  }

  /** All tokens that stand for text. */
  public TokenTrie trie() {
    return trie;
  }

  /** The tokens as seen from inside a JSON string. */
  public StringTokens strings() {
    return strings;
  }
}
