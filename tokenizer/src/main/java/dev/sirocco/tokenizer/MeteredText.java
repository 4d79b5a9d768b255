package dev.sirocco.tokenizer;

import java.util.regex.Pattern;

/**
 * A text that a pattern from a file reads only so often: one that tries an exponential number of
 * ways to match is stopped.
 */
final class MeteredText implements CharSequence {

  private static final long READS_PER_CHARACTER = 256;
  private static final long LEAST_READS = 1_000_000;

  private final String text;
  private final Pattern pattern;
  private long readsLeft;

  /** The text, of which {@code [from, to)} is to be matched with a pattern. */
  MeteredText(String text, int from, int to, Pattern pattern) {
    this.text = text;
    this.pattern = pattern;
    this.readsLeft = LEAST_READS + READS_PER_CHARACTER * (to - from);
  }

  @Override
  public char charAt(int index) {
    if (--readsLeft < 0) {
      throw new IllegalArgumentException(
          "the tokenizer's pattern %s takes too long on this text; the tokenizer file is damaged, or not to be trusted"
              .formatted(pattern));
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.subSequence(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
