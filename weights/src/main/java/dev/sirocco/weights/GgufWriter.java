package dev.sirocco.weights;

import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes GGUF files of version 3, whole or in shards: metadata and tensors are collected, then
 * written. Tensors are not copied before they are written. Not safe for use by several threads.
 *
 * @see GgufFile
 */
public final class GgufWriter {

  private static final int MAGIC = 0x46554747;
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;
  private static final int COPY_BYTES = 1 << 20;

  private final Map<String, byte[]> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /** Adds or replaces a string. */
  public GgufWriter string(String key, String value) {
    return entry(key, GgufType.STRING, string(value));
  }

  /** Adds or replaces an unsigned 32-bit integer. */
  public GgufWriter uint32(String key, int value) {
    return entry(key, GgufType.UINT32, int32(value));
  }

  /** Adds or replaces a 32-bit float. */
  public GgufWriter float32(String key, float value) {
    return entry(key, GgufType.FLOAT32, int32(Float.floatToRawIntBits(value)));
  }

  /** Adds or replaces a truth value. */
  public GgufWriter bool(String key, boolean value) {
    return entry(key, GgufType.BOOL, new byte[] {(byte) (value ? 1 : 0)});
  }

  /** Adds or replaces an array of strings. */
  public GgufWriter strings(String key, List<String> values) {
    return array(key, GgufType.STRING, values.stream().map(GgufWriter::string).toList());
  }

  /** Adds or replaces an array of signed 32-bit integers. */
  public GgufWriter int32s(String key, int... values) {
    List<byte[]> elements = new ArrayList<>();
    for (int value : values) {
      elements.add(int32(value));
    }
    return array(key, GgufType.INT32, elements);
  }

  /** Adds or replaces an array of 32-bit floats. */
  public GgufWriter float32s(String key, float... values) {
    List<byte[]> elements = new ArrayList<>();
    for (float value : values) {
      elements.add(int32(Float.floatToRawIntBits(value)));
    }
    return array(key, GgufType.FLOAT32, elements);
  }

  /** Adds or replaces a tensor, under its own name. */
  public GgufWriter tensor(Tensor tensor) {
    tensors.put(tensor.name(), tensor);
    return this;
  }

  /** Removes a metadata entry or a tensor. */
  public GgufWriter without(String name) {
    metadata.remove(name);
    tensors.remove(name);
    return this;
  }

  private GgufWriter array(String key, GgufType element, List<byte[]> elements) {
    List<byte[]> parts = new ArrayList<>();
    parts.add(int32(element.id()));
    parts.add(int64(elements.size()));
    parts.addAll(elements);
    return entry(key, GgufType.ARRAY, join(parts));
  }

  private GgufWriter entry(String key, GgufType type, byte[] value) {
    metadata.put(key, join(List.of(string(key), int32(type.id()), value)));
    return this;
  }

  /** Writes everything into one file. */
  public void write(Path path) throws IOException {
    write(path, metadata, List.copyOf(tensors.values()));
  }

  /**
   * Writes the model as shards {@code stem-00001-of-0000N.gguf}, the metadata into the first, the
   * tensors spread over all.
   *
   * @return the files in order
   */
  public List<Path> writeShards(Path folder, String stem, int shards) throws IOException {
    List<Tensor> all = List.copyOf(tensors.values());
    List<Path> paths = new ArrayList<>();
    for (int i = 0; i < shards; i++) {
      GgufWriter shard = new GgufWriter();
      if (i == 0) {
        shard.metadata.putAll(metadata);
      }
      shard.uint32("split.no", i).uint32("split.count", shards);
      shard.uint32("split.tensors.count", all.size());
      int from = (int) ((long) all.size() * i / shards);
      int to = (int) ((long) all.size() * (i + 1) / shards);
      Path path = folder.resolve("%s-%05d-of-%05d.gguf".formatted(stem, i + 1, shards));
      write(path, shard.metadata, all.subList(from, to));
      paths.add(path);
    }
    return paths;
  }

  private static void write(Path path, Map<String, byte[]> metadata, List<Tensor> tensors)
      throws IOException {
    List<byte[]> head = new ArrayList<>();
    head.add(int32(MAGIC));
    head.add(int32(VERSION));
    head.add(int64(tensors.size()));
    head.add(int64(metadata.size()));
    head.addAll(metadata.values());
    long offset = 0;
    for (Tensor tensor : tensors) {
      head.add(describe(tensor, offset));
      offset += tensor.data().byteSize() + padding(tensor.data().byteSize());
    }
    byte[] bytes = join(head);
    try (OutputStream out = Files.newOutputStream(path)) {
      out.write(bytes);
      out.write(new byte[padding(bytes.length)]);
      for (Tensor tensor : tensors) {
        copy(tensor.data(), out);
        out.write(new byte[padding(tensor.data().byteSize())]);
      }
    }
  }

  private static byte[] describe(Tensor tensor, long offset) {
    List<byte[]> parts = new ArrayList<>();
    parts.add(string(tensor.name()));
    parts.add(int32(tensor.shape().size()));
    // The file lists the contiguous dimension first, we last.
    tensor.shape().reversed().forEach(dimension -> parts.add(int64(dimension)));
    parts.add(int32(tensor.dtype().ggufId()));
    parts.add(int64(offset));
    return join(parts);
  }

  private static void copy(MemorySegment data, OutputStream out) throws IOException {
    byte[] buffer = new byte[(int) Math.min(COPY_BYTES, data.byteSize())];
    for (long done = 0; done < data.byteSize(); done += buffer.length) {
      int part = (int) Math.min(buffer.length, data.byteSize() - done);
      MemorySegment.copy(data, done, MemorySegment.ofArray(buffer), 0, part);
      out.write(buffer, 0, part);
    }
  }

  private static int padding(long size) {
    return (int) Math.floorMod(-size, (long) ALIGNMENT);
  }

  private static byte[] string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return join(List.of(int64(bytes.length), bytes));
  }

  private static byte[] int32(int value) {
    byte[] bytes = new byte[Integer.BYTES];
    buffer(bytes).putInt(value);
    return bytes;
  }

  private static byte[] int64(long value) {
    byte[] bytes = new byte[Long.BYTES];
    buffer(bytes).putLong(value);
    return bytes;
  }

  private static byte[] join(List<byte[]> parts) {
    byte[] bytes = new byte[parts.stream().mapToInt(p -> p.length).reduce(0, Math::addExact)];
    ByteBuffer all = buffer(bytes);
    parts.forEach(all::put);
    return bytes;
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
