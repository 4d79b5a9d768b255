package dev.sirocco.weights;

import static dev.sirocco.weights.GgufCursor.INT;
import static dev.sirocco.weights.GgufCursor.LONG;
import static dev.sirocco.weights.GgufCursor.SHORT;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Predicate;

/**
 * Metadata of a mapped GGUF file. Holds only where each value lies; values are decoded when asked
 * for, so that opening a file with a vocabulary of a hundred thousand words stays instant.
 */
final class GgufMetadataTable implements GgufMetadata {

  private static final int MOST_ENTRIES = 1 << 16;
  private static final int MOST_ELEMENTS = 1 << 22;
  private static final int MOST_KEY_BYTES = (1 << 16) - 1;
  private static final int MOST_STRING_BYTES = 1 << 26;
  private static final int LEAST_ENTRY_BYTES = 8 + 1 + 4 + 1;
  private static final int SHOWN_ELEMENTS = 6;
  private static final int SHOWN_CHARACTERS = 80;

  /**
   * Where a value lies.
   *
   * @param element type of the value, or of the array's elements
   * @param count elements of an array; -1 for a single value
   */
  private record Entry(GgufType element, long count, long offset) {
    boolean isArray() {
      return count >= 0;
    }

    String describeType() {
      return isArray() ? "an array of " + element : element.name();
    }
  }

  private final Path path;
  private final MemorySegment data;
  private final Map<String, Entry> entries;

  private GgufMetadataTable(Path path, MemorySegment data, Map<String, Entry> entries) {
    this.path = path;
    this.data = data;
    this.entries = entries;
  }

  /** Reads {@code count} entries at the cursor. */
  static GgufMetadataTable read(GgufCursor in, long count, Path path, MemorySegment data) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = in.string("the key of metadata entry " + i, MOST_KEY_BYTES);
      if (key.isEmpty()) {
        throw in.error("the key of metadata entry " + i + " is empty; the file is damaged");
      }
      if (entries.putIfAbsent(key, readEntry(in, key)) != null) {
        throw in.error("metadata key " + key + " appears twice; the file is damaged");
      }
    }
    return new GgufMetadataTable(path, data, entries);
  }

  /** Reads the number of entries. */
  static long readCount(GgufCursor in) {
    return in.count("metadata entries", LEAST_ENTRY_BYTES, MOST_ENTRIES);
  }

  private static Entry readEntry(GgufCursor in, String key) {
    GgufType type = readType(in, "the type of metadata key " + key);
    String what = "the value of metadata key " + key;
    if (type != GgufType.ARRAY) {
      Entry entry = new Entry(type, -1, in.position());
      skipValue(in, type, what);
      return entry;
    }
    GgufType element = readType(in, "the element type of metadata key " + key);
    if (element == GgufType.ARRAY) {
      throw in.error("metadata key " + key + " is an array of arrays; no model that Sirocco reads");
    }
    long count = in.count("elements of metadata key " + key, element.leastBytes(), MOST_ELEMENTS);
    Entry entry = new Entry(element, count, in.position());
    if (element == GgufType.STRING || element == GgufType.BOOL) {
      for (long i = 0; i < count; i++) {
        skipValue(in, element, what);
      }
    } else {
      in.skip(count * element.leastBytes(), what);
    }
    return entry;
  }

  private static GgufType readType(GgufCursor in, String what) {
    int id = in.int32(what);
    return GgufType.of(id)
        .orElseThrow(
            () ->
                in.error(
                    "%s is %d, but types are 0 to 12; the file is damaged, or newer than this Sirocco"
                        .formatted(what, Integer.toUnsignedLong(id))));
  }

  private static void skipValue(GgufCursor in, GgufType type, String what) {
    switch (type) {
      case STRING -> in.skipString(what, MOST_STRING_BYTES);
      case BOOL -> {
        byte value = in.int8(what);
        if (value != 0 && value != 1) {
          throw in.error(what + " must be 0 or 1 (BOOL), but is " + (value & 0xff));
        }
      }
      default -> in.skip(type.leastBytes(), what);
    }
  }

  @Override
  public Set<String> keys() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  @Override
  public Optional<String> string(String key) {
    return single(key, "a STRING", t -> t == GgufType.STRING)
        .map(entry -> stringAt(entry.offset()));
  }

  @Override
  public Optional<Long> integer(String key) {
    return single(key, "an integer", GgufType::isInteger)
        .map(entry -> integerAt(key, entry.element(), entry.offset()));
  }

  @Override
  public Optional<Double> number(String key) {
    return single(key, "a number", t -> t.isFloat() || t.isInteger())
        .map(
            entry ->
                entry.element().isFloat()
                    ? floatAt(entry.element(), entry.offset())
                    : (double) integerAt(key, entry.element(), entry.offset()));
  }

  @Override
  public Optional<Boolean> bool(String key) {
    return single(key, "a BOOL", t -> t == GgufType.BOOL)
        .map(entry -> data.get(JAVA_BYTE, entry.offset()) != 0);
  }

  @Override
  public Optional<List<String>> strings(String key) {
    return array(key, "an array of STRING", t -> t == GgufType.STRING).map(this::decodeStrings);
  }

  @Override
  public Optional<long[]> integers(String key) {
    return array(key, "an array of integers", GgufType::isInteger)
        .map(
            entry -> {
              long[] values = new long[(int) entry.count()];
              int width = entry.element().leastBytes();
              for (int i = 0; i < values.length; i++) {
                values[i] = integerAt(key, entry.element(), entry.offset() + (long) i * width);
              }
              return values;
            });
  }

  @Override
  public Optional<float[]> floats(String key) {
    return array(key, "an array of floats", GgufType::isFloat)
        .map(
            entry -> {
              float[] values = new float[(int) entry.count()];
              int width = entry.element().leastBytes();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) floatAt(entry.element(), entry.offset() + (long) i * width);
              }
              return values;
            });
  }

  @Override
  public String describe(String key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return "(absent)";
    }
    if (!entry.isArray()) {
      return describeAt(entry.element(), entry.offset());
    }
    StringJoiner text = new StringJoiner(", ", "[", "]");
    long offset = entry.offset();
    for (int i = 0; i < Math.min(entry.count(), SHOWN_ELEMENTS); i++) {
      text.add(describeAt(entry.element(), offset));
      offset += byteSizeAt(entry.element(), offset);
    }
    if (entry.count() > SHOWN_ELEMENTS) {
      text.add("… " + entry.count() + " in all");
    }
    return text.toString();
  }

  private String describeAt(GgufType type, long offset) {
    return switch (type) {
      case STRING -> shorten(stringAt(offset));
      case BOOL -> String.valueOf(data.get(JAVA_BYTE, offset) != 0);
      case FLOAT32 -> String.valueOf(Float.intBitsToFloat(data.get(INT, offset)));
      case FLOAT64 -> String.valueOf(floatAt(type, offset));
      case UINT64 -> Long.toUnsignedString(data.get(LONG, offset));
      default -> String.valueOf(integerAt("", type, offset));
    };
  }

  private static String shorten(String text) {
    String line = text.replace("\n", "\\n");
    return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "…";
  }

  private Optional<Entry> single(String key, String wanted, Predicate<GgufType> fits) {
    return find(key, wanted, entry -> !entry.isArray() && fits.test(entry.element()));
  }

  private Optional<Entry> array(String key, String wanted, Predicate<GgufType> fits) {
    return find(key, wanted, entry -> entry.isArray() && fits.test(entry.element()));
  }

  private Optional<Entry> find(String key, String wanted, Predicate<Entry> accepts) {
    Entry entry = entries.get(key);
    if (entry != null && !accepts.test(entry)) {
      throw new ModelFormatException(
          "%s: metadata key %s must be %s, but is %s; the file is damaged or was converted by an unknown tool"
              .formatted(path, key, wanted, entry.describeType()));
    }
    return Optional.ofNullable(entry);
  }

  private List<String> decodeStrings(Entry entry) {
    List<String> values = new ArrayList<>((int) entry.count());
    long offset = entry.offset();
    for (long i = 0; i < entry.count(); i++) {
      values.add(stringAt(offset));
      offset += byteSizeAt(GgufType.STRING, offset);
    }
    return Collections.unmodifiableList(values);
  }

  private long byteSizeAt(GgufType type, long offset) {
    return type == GgufType.STRING ? 8 + data.get(LONG, offset) : type.leastBytes();
  }

  private String stringAt(long offset) {
    return GgufCursor.text(data, offset + 8, data.get(LONG, offset));
  }

  private double floatAt(GgufType type, long offset) {
    return type == GgufType.FLOAT32
        ? Float.intBitsToFloat(data.get(INT, offset))
        : Double.longBitsToDouble(data.get(LONG, offset));
  }

  private long integerAt(String key, GgufType type, long offset) {
    long value =
        switch (type.leastBytes()) {
          case 1 -> data.get(JAVA_BYTE, offset);
          case 2 -> data.get(SHORT, offset);
          case 4 -> data.get(INT, offset);
          default -> data.get(LONG, offset);
        };
    return switch (type) {
      case UINT8 -> value & 0xff;
      case UINT16 -> value & 0xffff;
      case UINT32 -> value & 0xffffffffL;
      case UINT64 -> {
        if (value < 0) {
          throw new ModelFormatException(
              "%s: metadata key %s is %s, but must be below 2^63; the file is damaged"
                  .formatted(path, key, Long.toUnsignedString(value)));
        }
        yield value;
      }
      default -> value;
    };
  }
}
