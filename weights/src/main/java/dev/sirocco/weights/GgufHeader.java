package dev.sirocco.weights;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parts of one GGUF file (a whole model or one shard) before its tensor data, and the tensors
 * that its table places in that data.
 *
 * @param version 2 or 3
 * @param metadata the key/value part
 * @param tensors by name, in file order
 */
record GgufHeader(int version, GgufMetadataTable metadata, Map<String, Tensor> tensors) {

  private static final int MAGIC = 0x46554747; // "GGUF" read as a little-endian number
  private static final int MOST_TENSORS = 1 << 18;
  private static final int MOST_NAME_BYTES = 1024;
  private static final int LEAST_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;
  private static final int MOST_DIMENSIONS = 4;
  private static final long DEFAULT_ALIGNMENT = 32;
  private static final long LARGEST_ALIGNMENT = 1 << 20;

  /** Where the table says a tensor lies; {@code offset} counts from the start of the data. */
  private record Placement(String name, DType dtype, List<Long> shape, long offset, long size) {}

  /**
   * Reads and checks the header of a mapped file.
   *
   * @throws ModelFormatException if anything in it is out of range or contradicts the file's size
   */
  static GgufHeader read(Path path, MemorySegment data) {
    GgufCursor in = new GgufCursor(path, data);
    int version = readVersion(in);
    long tensorCount = in.count("tensors", LEAST_TENSOR_BYTES, MOST_TENSORS);
    long entryCount = GgufMetadataTable.readCount(in);
    GgufMetadataTable metadata = GgufMetadataTable.read(in, entryCount, path, data);
    long alignment = alignment(in, metadata);
    List<Placement> table = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      table.add(readPlacement(in, "tensor " + i, alignment));
    }
    long dataStart = (in.position() + alignment - 1) & -alignment;
    requireDisjoint(in, table, data.byteSize() - dataStart);
    return new GgufHeader(version, metadata, slice(in, table, data, dataStart));
  }

  private static int readVersion(GgufCursor in) {
    int magic = in.int32("the magic number");
    if (magic != MAGIC) {
      throw in.error(
          "is not a GGUF file: it starts with bytes %s instead of 47 47 55 46 (\"GGUF\"); name a .gguf file, or a folder with config.json or params.json"
              .formatted(hex(magic)));
    }
    int version = in.int32("the version");
    if (version != 2 && version != 3) {
      boolean bigEndian = version != 0 && (version & 0xffff) == 0;
      throw in.error(
          "has GGUF version %d%s, but Sirocco reads versions 2 and 3 (little-endian); convert the model again with a current converter"
              .formatted(Integer.toUnsignedLong(version), bigEndian ? " (a big-endian file)" : ""));
    }
    return version;
  }

  private static String hex(int littleEndian) {
    int bytes = Integer.reverseBytes(littleEndian);
    return "%02x %02x %02x %02x"
        .formatted(bytes >>> 24, bytes >>> 16 & 0xff, bytes >>> 8 & 0xff, bytes & 0xff);
  }

  private static long alignment(GgufCursor in, GgufMetadata metadata) {
    long alignment = metadata.integer("general.alignment").orElse(DEFAULT_ALIGNMENT);
    if (alignment < 1 || alignment > LARGEST_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw in.error(
          "metadata key general.alignment is %d, but must be a power of two from 1 to %d; the file is damaged"
              .formatted(alignment, LARGEST_ALIGNMENT));
    }
    return alignment;
  }

  private static Placement readPlacement(GgufCursor in, String number, long alignment) {
    String name = in.string("the name of " + number, MOST_NAME_BYTES);
    if (name.isEmpty()) {
      throw in.error("the name of " + number + " is empty; the file is damaged");
    }
    int dimensions = in.int32("the number of dimensions of tensor " + name);
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw in.error(
          "tensor %s has %d dimensions, but must have 1 to %d; the file is damaged"
              .formatted(name, Integer.toUnsignedLong(dimensions), MOST_DIMENSIONS));
    }
    List<Long> shape = new ArrayList<>();
    for (int d = 0; d < dimensions; d++) {
      // The file lists the contiguous dimension first, we last.
      shape.addFirst(in.int64("the shape of tensor " + name));
    }
    int type = in.int32("the type of tensor " + name);
    long offset = in.int64("the offset of tensor " + name);
    if (offset < 0 || offset % alignment != 0) {
      throw in.error(
          "tensor %s has offset %s, but offsets must be multiples of the alignment, %d; the file is damaged"
              .formatted(name, Long.toUnsignedString(offset), alignment));
    }
    try {
      DType dtype = DType.ofGguf(type);
      return new Placement(name, dtype, shape, offset, Tensor.byteSize(name, dtype, shape));
    } catch (IllegalArgumentException e) {
      String message = e.getMessage();
      String prefix = "tensor " + name + ": ";
      throw in.error(
          (String.valueOf(message).startsWith(prefix) ? "" : prefix)
              + message
              + "; convert or quantise the model again");
    }
  }

  private static void requireDisjoint(GgufCursor in, List<Placement> table, long dataSize) {
    List<Placement> ordered = new ArrayList<>(table);
    ordered.sort(Comparator.comparingLong(Placement::offset));
    long end = 0;
    String before = "";
    for (Placement t : ordered) {
      if (t.size() > dataSize - t.offset()) {
        throw in.error(
            "tensor %s lies at bytes %d to %s of the tensor data, which has %d; the file is truncated or damaged: copy or download it again"
                .formatted(
                    t.name(),
                    t.offset(),
                    Long.toUnsignedString(t.offset() + t.size()),
                    Math.max(0, dataSize)));
      }
      if (t.offset() < end) {
        throw in.error(
            "tensor %s at offset %d overlaps tensor %s, which ends at %d; the file is damaged"
                .formatted(t.name(), t.offset(), before, end));
      }
      end = t.offset() + t.size();
      before = t.name();
    }
  }

  private static Map<String, Tensor> slice(
      GgufCursor in, List<Placement> table, MemorySegment data, long dataStart) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Placement t : table) {
      MemorySegment bytes = data.asSlice(dataStart + t.offset(), t.size());
      Tensor tensor = new Tensor(t.name(), t.dtype(), t.shape(), bytes);
      if (tensors.putIfAbsent(t.name(), tensor) != null) {
        throw in.error("tensor " + t.name() + " appears twice; the file is damaged");
      }
    }
    return tensors;
  }
}
