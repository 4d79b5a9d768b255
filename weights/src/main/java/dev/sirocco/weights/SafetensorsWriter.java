package dev.sirocco.weights;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a safetensors file piece by piece: names, types and shapes are declared first, then each
 * array is appended to in any interleaving, so that results larger than memory can be written as
 * they arise.
 *
 * <pre>{@code
 * try (var writer = SafetensorsWriter.create(path, List.of(Array.floats("logits", 512, 32000)))) {
 *   while (...) writer.append("logits", rows);
 *   writer.finish();
 * }
 * }</pre>
 *
 * <p>The file appears under its name when {@link #finish} has succeeded, and not before; closing
 * without finishing leaves nothing behind. For use by one thread.
 *
 * @see SafetensorsFile
 */
public final class SafetensorsWriter implements AutoCloseable {

  private static final ValueLayout.OfFloat FLOAT =
      JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int HEADER_ALIGNMENT = 8;

  /**
   * An array to be written.
   *
   * @param name its name
   * @param dtype F32, F16 or BF16
   * @param shape dimensions of at least 1, contiguous one last
   */
  public record Array(String name, DType dtype, List<Long> shape) {

    /**
     * @throws IllegalArgumentException if the type is a block format, or the shape is out of range
     */
    public Array {
      shape = List.copyOf(shape);
      Tensor.byteSize(name, dtype, shape);
      if (dtype.isQuantised()) {
        throw new IllegalArgumentException(
            "%s: safetensors files hold F32, F16 or BF16, not %s".formatted(name, dtype));
      }
    }

    /** An F32 array. */
    public static Array floats(String name, long... shape) {
      return new Array(name, DType.F32, Arrays.stream(shape).boxed().toList());
    }

    long bytes() {
      return Tensor.byteSize(name, dtype, shape);
    }
  }

  /** Where the next bytes of an array go, and where it ends. */
  private static final class Region {
    private final DType dtype;
    private final long end;
    private long position;

    Region(DType dtype, long begin, long end) {
      this.dtype = dtype;
      this.position = begin;
      this.end = end;
    }
  }

  private final Path path;
  private final Path unfinished;
  private final FileChannel channel;
  private final Map<String, Region> regions = new HashMap<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

  private SafetensorsWriter(Path path, Path unfinished, FileChannel channel) {
    this.path = path;
    this.unfinished = unfinished;
    this.channel = channel;
  }

  /**
   * Starts a file.
   *
   * @throws IllegalArgumentException if two arrays have one name
   * @throws IOException if the file cannot be written
   */
  public static SafetensorsWriter create(Path path, List<Array> arrays) throws IOException {
    return create(path, arrays, Map.of());
  }

  /**
   * Starts a file with strings under {@code __metadata__}.
   *
   * @throws IllegalArgumentException if two arrays have one name
   * @throws IOException if the file cannot be written
   */
  public static SafetensorsWriter create(
      Path path, List<Array> arrays, Map<String, String> metadata) throws IOException {
    byte[] header = header(arrays, metadata);
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new FileSystemException(
          path.toString(), null, "its folder does not exist; make it first, or write elsewhere");
    }
    Path unfinished = path.resolveSibling(path.getFileName() + ".unfinished");
    FileChannel channel =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    SafetensorsWriter writer = new SafetensorsWriter(path, unfinished, channel);
    try {
      writer.start(header, arrays);
      return writer;
    } catch (IOException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  private static byte[] header(List<Array> arrays, Map<String, String> metadata) {
    JsonMapper json = new JsonMapper();
    ObjectNode header = json.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode section = header.putObject("__metadata__");
      metadata.forEach(section::put);
    }
    long offset = 0;
    for (Array array : arrays) {
      if (header.has(array.name())) {
        throw new IllegalArgumentException("two arrays are named " + array.name());
      }
      ObjectNode entry = header.putObject(array.name());
      entry.put("dtype", array.dtype().name());
      array.shape().forEach(entry.putArray("shape")::add);
      entry.putArray("data_offsets").add(offset).add(offset + array.bytes());
      offset += array.bytes();
    }
    String text = json.writeValueAsString(header);
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    return (text + " ".repeat(Math.floorMod(-bytes, HEADER_ALIGNMENT)))
        .getBytes(StandardCharsets.UTF_8);
  }

  private void start(byte[] header, List<Array> arrays) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(header.length).put(header).flip();
    long position = head.remaining();
    writeFully(head, 0);
    for (Array array : arrays) {
      long end = position + array.bytes();
      regions.put(array.name(), new Region(array.dtype(), position, end));
      position = end;
    }
  }

  /**
   * Appends floats to an F32 array.
   *
   * @throws IllegalArgumentException if there is no such F32 array, or it has no room for them
   * @throws IOException if the file cannot be written
   */
  public void append(String name, float[] values) throws IOException {
    append(name, MemorySegment.ofArray(values), DType.F32);
  }

  /**
   * Appends all rows of a matrix to an F32 array.
   *
   * @throws IllegalArgumentException if there is no such F32 array, or it has no room for them
   * @throws IOException if the file cannot be written
   */
  public void append(String name, FloatMatrix rows) throws IOException {
    append(name, rows.data(), DType.F32);
  }

  /**
   * Appends the elements of a tensor, in its own type.
   *
   * @throws IllegalArgumentException if there is no such array of that type, or it has no room
   * @throws IOException if the file cannot be written
   */
  public void append(String name, Tensor elements) throws IOException {
    append(name, elements.data(), elements.dtype());
  }

  private void append(String name, MemorySegment elements, DType dtype) throws IOException {
    Region region = regions.get(name);
    if (region == null || region.dtype != dtype) {
      throw new IllegalArgumentException(
          "no %s array named %s was declared".formatted(dtype, name));
    }
    if (elements.byteSize() > region.end - region.position) {
      throw new IllegalArgumentException(
          "array %s has room for %d more bytes, but %d are appended"
              .formatted(name, region.end - region.position, elements.byteSize()));
    }
    MemorySegment target = MemorySegment.ofBuffer(buffer.clear());
    long done = 0;
    while (done < elements.byteSize()) {
      int part = (int) Math.min(BUFFER_BYTES, elements.byteSize() - done);
      if (dtype == DType.F32) {
        MemorySegment.copy(
            elements, JAVA_FLOAT_UNALIGNED, done, target, FLOAT, 0, part / Float.BYTES);
      } else {
        MemorySegment.copy(elements, done, target, 0, part);
      }
      writeFully(buffer.clear().limit(part), region.position);
      region.position += part;
      done += part;
    }
  }

  private void writeFully(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /**
   * Puts the file under its name.
   *
   * @throws IllegalStateException if an array is not complete
   * @throws IOException if the file cannot be written
   */
  public void finish() throws IOException {
    regions.forEach(
        (name, region) -> {
          if (region.position != region.end) {
            throw new IllegalStateException(
                "array %s lacks its last %d bytes".formatted(name, region.end - region.position));
          }
        });
    channel.close();
    Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes what was written unless {@link #finish} succeeded. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(unfinished);
  }
}
