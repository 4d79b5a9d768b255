package dev.sirocco.tokenizer;

import dev.sirocco.weights.ModelFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads the fields of one protocol buffer message, in its binary encoding; every length is checked
 * against the bytes that are there.
 */
final class ProtobufReader {

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final String file;
  private final ByteBuffer buffer;
  private int field;
  private int wireType;

  ProtobufReader(String file, byte[] bytes) {
    this(file, ByteBuffer.wrap(bytes));
  }

  private ProtobufReader(String file, ByteBuffer buffer) {
    this.file = file;
    this.buffer = buffer.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Goes to the next field; its value must then be read or skipped. */
  boolean nextField() {
    if (!buffer.hasRemaining()) {
      return false;
    }
    long tag = varint();
    wireType = (int) (tag & 7);
    if (tag >>> 3 == 0 || tag >>> 3 > 0x1FFFFFFF) {
      throw bad("field number " + (tag >>> 3) + "; wanted 1 to 536870911");
    }
    field = (int) (tag >>> 3);
    return true;
  }

  int field() {
    return field;
  }

  long integer() {
    require(VARINT, "an integer");
    return varint();
  }

  boolean bool() {
    return integer() != 0;
  }

  float float32() {
    require(FIXED32, "a float");
    need(4);
    return buffer.getFloat();
  }

  String string() {
    ByteBuffer bytes = slice("a text");
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  ProtobufReader message() {
    return new ProtobufReader(file, slice("a message"));
  }

  private ByteBuffer slice(String wanted) {
    require(BYTES, wanted);
    long length = varint();
    need(length);
    ByteBuffer slice = buffer.slice(buffer.position(), (int) length);
    buffer.position(buffer.position() + (int) length);
    return slice;
  }

  void skip() {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> skip(8);
      case FIXED32 -> skip(4);
      case BYTES -> slice("bytes");
      default -> throw bad("wire type " + wireType + "; wanted 0, 1, 2 or 5");
    }
  }

  private void skip(int count) {
    need(count);
    buffer.position(buffer.position() + count);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      need(1);
      byte next = buffer.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw bad("an integer of more than 10 bytes");
  }

  private void require(int wanted, String what) {
    if (wireType != wanted) {
      throw bad("field %d of wire type %d; wanted %s".formatted(field, wireType, what));
    }
  }

  private void need(long count) {
    if (count < 0 || count > buffer.remaining()) {
      throw bad(
          "%d bytes wanted where %d are left: the file is cut or damaged"
              .formatted(count, buffer.remaining()));
    }
  }

  private ModelFormatException bad(String what) {
    return new ModelFormatException(
        "%s: not a valid SentencePiece model: found %s".formatted(file, what));
  }
}
