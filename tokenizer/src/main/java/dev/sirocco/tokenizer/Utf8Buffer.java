package dev.sirocco.tokenizer;

import java.util.Arrays;

/** Growing UTF-8 bytes of text; unpaired surrogates become U+FFFD. */
final class Utf8Buffer {

  private byte[] bytes;
  private int size;

  Utf8Buffer(int capacity) {
    bytes = new byte[Math.max(capacity, 16)];
  }

  byte[] bytes() {
    return bytes;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  void add(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  /** Appends {@code text[from, to)}. */
  void addText(String text, int from, int to) {
    reserve(3 * (to - from));
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        bytes[size++] = (byte) c;
      } else if (c < 0x800) {
        bytes[size++] = (byte) (0xC0 | (c >> 6));
        bytes[size++] = (byte) (0x80 | (c & 0x3F));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < to
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        addSupplementary(Character.toCodePoint(c, text.charAt(++i)));
      } else {
        addThree(Character.isSurrogate(c) ? '\uFFFD' : c);
      }
    }
  }

  private void addThree(char c) {
    bytes[size++] = (byte) (0xE0 | (c >> 12));
    bytes[size++] = (byte) (0x80 | ((c >> 6) & 0x3F));
    bytes[size++] = (byte) (0x80 | (c & 0x3F));
  }

  private void addSupplementary(int c) {
    bytes[size++] = (byte) (0xF0 | (c >> 18));
    bytes[size++] = (byte) (0x80 | ((c >> 12) & 0x3F));
    bytes[size++] = (byte) (0x80 | ((c >> 6) & 0x3F));
    bytes[size++] = (byte) (0x80 | (c & 0x3F));
  }

  private void reserve(int count) {
    if (bytes.length - size < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + count));
    }
  }
}
