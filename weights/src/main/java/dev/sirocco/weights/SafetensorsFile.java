package dev.sirocco.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sirocco.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file, mapped into memory: an 8-byte length, a JSON header of that length with type,
 * shape and place of every array, and the arrays.
 *
 * <p>Opening reads the header only and copies nothing. Immutable and safe for use by several
 * threads; arrays are valid until {@link #close}.
 *
 * @see SafetensorsWriter
 */
public final class SafetensorsFile implements AutoCloseable {

  private static final String METADATA = "__metadata__";
  private static final int MOST_DIMENSIONS = 16;

  private final MappedFile file;
  private final Map<String, StoredArray> arrays;
  private final Map<String, String> metadata;

  private SafetensorsFile(
      MappedFile file, Map<String, StoredArray> arrays, Map<String, String> metadata) {
    this.file = file;
    this.arrays = Collections.unmodifiableMap(arrays);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * Opens a file.
   *
   * @throws ModelFormatException if it is missing, unreadable or malformed
   */
  public static SafetensorsFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      MemorySegment data = file.data();
      long headerSize = headerSize(path, data);
      byte[] json = data.asSlice(8, headerSize).toArray(JAVA_BYTE);
      ConfigFile header = ConfigFile.parse(path, "", json);
      MemorySegment body = data.asSlice(8 + headerSize);
      Map<String, StoredArray> arrays = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      for (String name : header.fields()) {
        if (name.equals(METADATA)) {
          header.section(name).ifPresent(section -> readMetadata(section, metadata));
        } else {
          arrays.put(name, readArray(header, name, body));
        }
      }
      requireDisjoint(path, arrays, body);
      return new SafetensorsFile(file, arrays, metadata);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static long headerSize(Path path, MemorySegment data) {
    if (data.byteSize() < 8) {
      throw new ModelFormatException(
          "%s: has %d bytes, but a safetensors file starts with 8 bytes of header length; it is truncated: copy or download it again"
              .formatted(path, data.byteSize()));
    }
    long size = data.get(GgufCursor.LONG, 0);
    if (size < 2 || size > data.byteSize() - 8) {
      throw new ModelFormatException(
          "%s: the header should have %s bytes, but %d follow; the file is truncated or not safetensors: copy or download it again"
              .formatted(path, Long.toUnsignedString(size), data.byteSize() - 8));
    }
    if (size > ConfigFile.MOST_BYTES) {
      throw new ModelFormatException(
          "%s: the header has %d bytes, but Sirocco reads at most %d; the file is damaged or not safetensors"
              .formatted(path, size, ConfigFile.MOST_BYTES));
    }
    return size;
  }

  private static void readMetadata(ConfigFile section, Map<String, String> metadata) {
    for (String key : section.fields()) {
      section.text(key).ifPresent(value -> metadata.put(key, value));
    }
  }

  private static StoredArray readArray(ConfigFile header, String name, MemorySegment body) {
    ConfigFile entry =
        header.section(name).orElseThrow(() -> header.missing(name, "a JSON object"));
    String dtype = entry.text("dtype").orElseThrow(() -> entry.missing("dtype", "a type name"));
    long[] shape = entry.longs("shape");
    long[] offsets = entry.longs("data_offsets");
    if (shape.length > MOST_DIMENSIONS) {
      throw entry.wrong("shape", "an array of at most " + MOST_DIMENSIONS + " dimensions");
    }
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw entry.wrong("data_offsets", "[begin, end] with begin <= end");
    }
    if (offsets[1] > body.byteSize()) {
      throw new ModelFormatException(
          "%s: tensor %s lies at bytes %d to %d of the tensor data, which has %d; the file is truncated: copy or download it again"
              .formatted(header.path(), name, offsets[0], offsets[1], body.byteSize()));
    }
    requireSize(entry, name, dtype, shape, offsets[1] - offsets[0]);
    List<Long> dimensions = new ArrayList<>();
    for (long dimension : shape) {
      dimensions.add(dimension);
    }
    MemorySegment bytes = body.asSlice(offsets[0], offsets[1] - offsets[0]);
    return new StoredArray(header.path(), name, dtype, dimensions, bytes);
  }

  private static void requireSize(
      ConfigFile entry, String name, String dtype, long[] shape, long found) {
    long bits = bits(entry, dtype);
    long wanted;
    try {
      long elements = 1;
      for (long dimension : shape) {
        elements = Math.multiplyExact(elements, dimension);
      }
      wanted = Math.multiplyExact(elements, bits) / 8;
    } catch (ArithmeticException e) {
      throw new ModelFormatException(
          "%s: tensor %s has shape %s, more elements than memory can address; the file is damaged"
              .formatted(entry.path(), name, boxed(shape)),
          e);
    }
    if (wanted != found) {
      throw new ModelFormatException(
          "%s: tensor %s, %s %s, takes %d bytes, but its data_offsets span %d; the file is damaged"
              .formatted(entry.path(), name, dtype, boxed(shape), wanted, found));
    }
  }

  private static List<Long> boxed(long[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** Bits of an element, for the types that the format defines. */
  private static long bits(ConfigFile entry, String dtype) {
    return switch (dtype) {
      case "F4" -> 4;
      case "F6_E2M3", "F6_E3M2" -> 6;
      case "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ" -> 8;
      case "F16", "BF16", "I16", "U16" -> 16;
      case "F32", "I32", "U32" -> 32;
      case "F64", "I64", "U64", "C64" -> 64;
      default ->
          throw entry.wrong("dtype", "a type of the safetensors format, such as F32 or BF16");
    };
  }

  private static void requireDisjoint(
      Path path, Map<String, StoredArray> arrays, MemorySegment body) {
    List<StoredArray> ordered = new ArrayList<>(arrays.values());
    ordered.sort(
        Comparator.<StoredArray>comparingLong(a -> a.data().address())
            .thenComparingLong(a -> a.data().byteSize()));
    long end = 0;
    String before = "";
    for (StoredArray array : ordered) {
      long begin = array.data().address() - body.address();
      if (begin != end) {
        throw new ModelFormatException(
            "%s: tensor %s begins at byte %d of the tensor data, but %s ends at %d: tensors must neither overlap nor leave holes; the file is damaged"
                .formatted(
                    path, array.name(), begin, before.isEmpty() ? "the header" : before, end));
      }
      end = begin + array.data().byteSize();
      before = "tensor " + array.name();
    }
    if (end != body.byteSize()) {
      throw new ModelFormatException(
          "%s: the tensors end at byte %d of the tensor data, which has %d; the file is damaged"
              .formatted(path, end, body.byteSize()));
    }
  }

  /** The file's path. */
  public Path path() {
    return file.path();
  }

  /** All arrays by name, in header order; unmodifiable. */
  public Map<String, StoredArray> arrays() {
    return arrays;
  }

  /** The strings under {@code __metadata__}; unmodifiable. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * The array with the given name.
   *
   * @throws ModelFormatException if there is none
   */
  public StoredArray array(String name) {
    StoredArray array = arrays.get(name);
    if (array == null) {
      throw new ModelFormatException(
          path() + ": has no tensor " + name + "; it has " + arrays.size() + " others");
    }
    return array;
  }

  /**
   * The weights with the given name.
   *
   * @throws ModelFormatException if there are none, or their type is not F32, F16 or BF16
   */
  public Tensor tensor(String name) {
    return array(name).tensor();
  }

  /**
   * Checks that the file did not change since it was opened.
   *
   * @throws ModelFormatException if its size or its time of last change differ
   */
  public void verifyUnchanged() {
    file.verifyUnchanged();
  }

  /** Unmaps the file: its arrays cannot be read afterwards. */
  @Override
  public void close() {
    file.close();
  }
}
