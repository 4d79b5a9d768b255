package dev.sirocco.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A JSON object from a file, whose fields are read with their types checked. A field that is {@code
 * null} counts as absent. Messages name the file, the field, what is there and what is wanted.
 */
final class ConfigFile {

  /** The largest JSON text that is read; headers and indexes of the largest models need a tenth. */
  static final int MOST_BYTES = 1 << 22;

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final int SHOWN_CHARACTERS = 60;

  private final Path path;
  private final String prefix;
  private final JsonNode node;

  private ConfigFile(Path path, String prefix, JsonNode node) {
    this.path = path;
    this.prefix = prefix;
    this.node = node;
  }

  /**
   * Reads a file.
   *
   * @throws ModelFormatException if it cannot be read, is too large, or is not one JSON object
   */
  static ConfigFile read(Path path) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw new ModelFormatException(
            path + ": is not a regular file, but a configuration is wanted there");
      }
      if (attributes.size() > MOST_BYTES) {
        throw new ModelFormatException(
            "%s: has %d bytes, but a configuration has at most %d; name the right file"
                .formatted(path, attributes.size(), MOST_BYTES));
      }
      return parse(path, "", Files.readAllBytes(path));
    } catch (IOException e) {
      throw MappedFile.unreadable(path, e);
    }
  }

  /** Parses JSON that was found in a file; {@code prefix} is put before field names. */
  static ConfigFile parse(Path path, String prefix, byte[] json) {
    JsonNode node;
    try {
      node = JSON.readTree(json);
    } catch (JacksonException e) {
      throw new ModelFormatException(
          "%s: %sbad JSON: %s; copy or download the file again"
              .formatted(path, prefix.isEmpty() ? "" : prefix + " is ", reason(e)),
          e);
    }
    if (!node.isObject()) {
      throw new ModelFormatException(
          "%s: must hold one JSON object, but holds %s; copy or download the file again"
              .formatted(path, shorten(node)));
    }
    return new ConfigFile(path, prefix, node);
  }

  /** What is wrong, without the parser's remark on where its text came from. */
  private static String reason(JacksonException e) {
    return e.getOriginalMessage().replaceAll("(?s) \\(start marker at .*\\)", "");
  }

  Path path() {
    return path;
  }

  Collection<String> fields() {
    return node.propertyNames();
  }

  boolean has(String field) {
    return node.hasNonNull(field);
  }

  /** A required integer from {@code least} to {@code most}. */
  int integer(String field, int least, int most) {
    return optionalInteger(field, least, most).orElseThrow(() -> missing(field, "an integer"));
  }

  OptionalInt optionalInteger(String field, int least, int most) {
    if (!has(field)) {
      return OptionalInt.empty();
    }
    JsonNode value = node.get(field);
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < least
        || value.intValue() > most) {
      throw wrong(field, "an integer from %d to %d".formatted(least, most));
    }
    return OptionalInt.of(value.intValue());
  }

  /** A required array of integers of 0 or more. */
  long[] longs(String field) {
    if (!has(field)) {
      throw missing(field, "an array of integers");
    }
    JsonNode array = node.get(field);
    long[] values = new long[array.isArray() ? array.size() : 0];
    for (int i = 0; i < values.length; i++) {
      JsonNode value = array.get(i);
      values[i] = value.isIntegralNumber() && value.canConvertToLong() ? value.longValue() : -1;
    }
    for (long value : values) {
      if (value < 0) {
        throw wrong(field, "an array of integers of 0 or more");
      }
    }
    if (!array.isArray()) {
      throw wrong(field, "an array of integers of 0 or more");
    }
    return values;
  }

  double number(String field) {
    return optionalNumber(field).orElseThrow(() -> missing(field, "a number"));
  }

  OptionalDouble optionalNumber(String field) {
    if (!has(field)) {
      return OptionalDouble.empty();
    }
    JsonNode value = node.get(field);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw wrong(field, "a finite number");
    }
    return OptionalDouble.of(value.doubleValue());
  }

  Optional<String> text(String field) {
    if (!has(field)) {
      return Optional.empty();
    }
    if (!node.get(field).isString()) {
      throw wrong(field, "a string");
    }
    return Optional.of(node.get(field).stringValue());
  }

  Optional<Boolean> flag(String field) {
    if (!has(field)) {
      return Optional.empty();
    }
    if (!node.get(field).isBoolean()) {
      throw wrong(field, "true or false");
    }
    return Optional.of(node.get(field).booleanValue());
  }

  Optional<ConfigFile> section(String field) {
    if (!has(field)) {
      return Optional.empty();
    }
    if (!node.get(field).isObject()) {
      throw wrong(field, "a JSON object");
    }
    return Optional.of(new ConfigFile(path, prefix + field + ".", node.get(field)));
  }

  ModelFormatException missing(String field, String wanted) {
    return new ModelFormatException(
        "%s: %s%s is missing; %s is wanted: copy or download the file again"
            .formatted(path, prefix, field, wanted));
  }

  /** An error about a field that is there; says what it holds. */
  ModelFormatException wrong(String field, String wanted) {
    return new ModelFormatException(
        "%s: %s%s must be %s, but is %s; correct the file, or use another model"
            .formatted(path, prefix, field, wanted, shorten(node.get(field))));
  }

  private static String shorten(JsonNode value) {
    if (value.isContainer()) {
      return value.isArray() ? "an array" : "an object";
    }
    String text = value.toString();
    return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "…";
  }
}
