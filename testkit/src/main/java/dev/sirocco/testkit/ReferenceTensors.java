package dev.sirocco.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Expected values in a safetensors file, read by a few lines of its own, so that a test does not
 * trust the reader that it may be testing.
 */
public final class ReferenceTensors {

  private final JsonNode header;
  private final ByteBuffer data;

  private ReferenceTensors(JsonNode header, ByteBuffer data) {
    this.header = header;
    this.data = data;
  }

  /** Reads a file whole. */
  public static ReferenceTensors read(Path path) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
      int length = Math.toIntExact(bytes.getLong());
      byte[] json = new byte[length];
      bytes.get(json);
      JsonNode header = JsonMapper.shared().readTree(new String(json, StandardCharsets.UTF_8));
      return new ReferenceTensors(header, bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether there is a tensor of this name. */
  public boolean has(String name) {
    return header.has(name);
  }

  /** An F32 tensor, row by row. */
  public float[] floats(String name) {
    ByteBuffer part = part(name, "F32");
    float[] values = new float[part.remaining() / 4];
    part.asFloatBuffer().get(values);
    return values;
  }

  /** An I64 tensor whose values fit an int. */
  public int[] ints(String name) {
    ByteBuffer part = part(name, "I64");
    int[] values = new int[part.remaining() / 8];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.toIntExact(part.getLong());
    }
    return values;
  }

  private ByteBuffer part(String name, String dtype) {
    JsonNode entry = header.get(name);
    if (entry == null || !entry.get("dtype").asString().equals(dtype)) {
      throw new IllegalArgumentException("no " + dtype + " tensor " + name + ", but " + entry);
    }
    int from = entry.get("data_offsets").get(0).asInt();
    int to = entry.get("data_offsets").get(1).asInt();
    return data.slice(from, to - from).order(ByteOrder.LITTLE_ENDIAN);
  }
}
