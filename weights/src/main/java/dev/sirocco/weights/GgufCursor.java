package dev.sirocco.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads a GGUF header from front to back. Every read is checked against the end of the file first,
 * and every declared count against the bytes that follow, so that a damaged file can neither
 * overrun nor make us reserve memory.
 */
final class GgufCursor {

  static final ValueLayout.OfShort SHORT = JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final MemorySegment data;
  private long position;

  GgufCursor(Path path, MemorySegment data) {
    this.path = path;
    this.data = data;
  }

  long position() {
    return position;
  }

  long remaining() {
    return data.byteSize() - position;
  }

  int int32(String what) {
    require(4, what);
    int value = data.get(INT, position);
    position += 4;
    return value;
  }

  long int64(String what) {
    require(8, what);
    long value = data.get(LONG, position);
    position += 8;
    return value;
  }

  byte int8(String what) {
    require(1, what);
    return data.get(JAVA_BYTE, position++);
  }

  /** Reads a count of things that take at least {@code leastBytes} each. */
  long count(String what, int leastBytes, long most) {
    long count = int64("the number of " + what);
    if (count < 0 || count > remaining() / leastBytes) {
      throw error(
          "declares %s %s, but only %d bytes follow; the file is truncated or damaged: copy or download it again"
              .formatted(Long.toUnsignedString(count), what, remaining()));
    }
    if (count > most) {
      throw error(
          "declares %d %s, but Sirocco reads at most %d; the file is damaged or no model"
              .formatted(count, what, most));
    }
    return count;
  }

  /** Reads a string's length and text; bytes that are not UTF-8 become U+FFFD. */
  String string(String what, int most) {
    long length = stringLength(what, most);
    String text = text(data, position, length);
    position += length;
    return text;
  }

  /** Steps over a string. */
  void skipString(String what, int most) {
    long length = stringLength(what, most);
    position += length;
  }

  private long stringLength(String what, int most) {
    return count("bytes of " + what, 1, most);
  }

  void skip(long bytes, String what) {
    require(bytes, what);
    position += bytes;
  }

  private void require(long bytes, String what) {
    if (remaining() < bytes) {
      throw error(
          "the file ends inside %s (%d more bytes wanted at byte %d, %d are left); it is truncated: copy or download it again"
              .formatted(what, bytes, position, remaining()));
    }
  }

  ModelFormatException error(String message) {
    return new ModelFormatException(path + ": " + message);
  }

  static String text(MemorySegment data, long offset, long length) {
    byte[] bytes = data.asSlice(offset, length).toArray(JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
