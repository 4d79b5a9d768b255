package dev.sirocco.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the fields of a GGUF file one by one, true or not. */
final class RawGguf {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static RawGguf header(int version, long tensors, long entries) {
    return new RawGguf().ascii("GGUF").u32(version).u64(tensors).u64(entries);
  }

  RawGguf ascii(String text) {
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  RawGguf u8(int value) {
    out.write(value);
    return this;
  }

  RawGguf u16(int value) {
    return u8(value & 0xff).u8(value >> 8 & 0xff);
  }

  RawGguf u32(int value) {
    byte[] bytes = new byte[4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(value);
    out.writeBytes(bytes);
    return this;
  }

  RawGguf u64(long value) {
    byte[] bytes = new byte[8];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    out.writeBytes(bytes);
    return this;
  }

  RawGguf string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    u64(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  /** The start of a metadata entry; its value follows. */
  RawGguf key(String key, int type) {
    return string(key).u32(type);
  }

  /** A row of the tensor table; dimensions in the file's order, contiguous one first. */
  RawGguf tensor(String name, int type, long offset, long... dimensions) {
    string(name).u32(dimensions.length);
    for (long dimension : dimensions) {
      u64(dimension);
    }
    return u32(type).u64(offset);
  }

  /** Zeros up to a multiple of {@code alignment}, and {@code bytes} more. */
  RawGguf data(int alignment, int bytes) {
    out.writeBytes(new byte[Math.floorMod(-out.size(), alignment) + bytes]);
    return this;
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  Path write(Path folder) {
    try {
      return Files.write(folder.resolve("raw.gguf"), bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
