package dev.sirocco.server.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a JSON object, by type. A field that is {@code null} counts as absent; fields that
 * nobody asks for are ignored. What has a wrong type or value ends in an {@link ApiException} 400
 * that names the field's place, as in {@code stream_options.include_usage}. Immutable.
 */
public final class JsonFields {

  private final JsonNode node;
  private final String path;

  private JsonFields(JsonNode node, String path) {
    this.node = node;
    this.path = path;
  }

  /**
   * The fields of a request's body.
   *
   * @throws ApiException 400 if it is not an object
   */
  public static JsonFields of(JsonNode body) {
    if (!body.isObject()) {
      throw ApiException.badRequest(
          "the body is %s; wanted a JSON object".formatted(Json.brief(body)));
    }
    return new JsonFields(body, "");
  }

  /** The place of a field, for messages. */
  public String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** The object itself. */
  public ObjectNode node() {
    return (ObjectNode) node;
  }

  /** A field of any type but null. */
  public Optional<JsonNode> any(String name) {
    JsonNode value = node.path(name);
    return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  /** Whether a field is there and not null. */
  public boolean has(String name) {
    return any(name).isPresent();
  }

  /** A text. */
  public Optional<String> text(String name) {
    return any(name).map(value -> text(value, at(name)));
  }

  /** A text that must be there. */
  public String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name, "a text"));
  }

  /** One of some texts. */
  public Optional<String> oneOf(String name, String... allowed) {
    Optional<String> value = text(name);
    if (value.isPresent() && Stream.of(allowed).noneMatch(value.get()::equals)) {
      throw wrong(at(name), node.path(name), "one of " + String.join(", ", allowed));
    }
    return value;
  }

  /** A truth value. */
  public boolean flag(String name, boolean absent) {
    Optional<JsonNode> value = any(name);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw wrong(at(name), value.get(), "true or false");
    }
    return value.map(JsonNode::booleanValue).orElse(absent);
  }

  /** A whole number in a range. */
  public OptionalLong wholeNumber(String name, long least, long most) {
    Optional<JsonNode> value = any(name);
    return value.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(wholeNumber(value.get(), at(name), least, most));
  }

  /** A whole number in a range of 32 bits. */
  public OptionalInt integer(String name, int least, int most) {
    OptionalLong value = wholeNumber(name, least, most);
    return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
  }

  /** A number in a range. */
  public OptionalDouble number(String name, double least, double most) {
    Optional<JsonNode> value = any(name);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    double number = value.get().isNumber() ? value.get().doubleValue() : Double.NaN;
    if (!(number >= least && number <= most)) {
      throw wrong(
          at(name), value.get(), "a number from %s to %s".formatted(plain(least), plain(most)));
    }
    return OptionalDouble.of(number);
  }

  /** The fields of an object inside. */
  public Optional<JsonFields> object(String name) {
    return any(name).map(value -> object(value, at(name)));
  }

  /** The objects of an array; empty if the field is absent. */
  public List<JsonFields> objects(String name, int most) {
    return elements(name, most).entrySet().stream()
        .map(entry -> object(entry.getValue(), entry.getKey()))
        .toList();
  }

  /** The texts of an array, or one text alone; empty if the field is absent. */
  public List<String> texts(String name, int most) {
    JsonNode value = node.path(name);
    if (value.isString()) {
      return List.of(value.stringValue());
    }
    if (has(name) && !value.isArray()) {
      throw wrong(at(name), value, "a text or an array of texts");
    }
    return elements(name, most).entrySet().stream()
        .map(entry -> text(entry.getValue(), entry.getKey()))
        .toList();
  }

  /** Places and values of an array's elements. */
  private Map<String, JsonNode> elements(String name, int most) {
    Optional<JsonNode> value = any(name);
    if (value.isEmpty()) {
      return Map.of();
    }
    JsonNode array = array(value.get(), at(name), most);
    Map<String, JsonNode> elements = new LinkedHashMap<>();
    for (int i = 0; i < array.size(); i++) {
      elements.put(at(name) + "[" + i + "]", array.get(i));
    }
    return elements;
  }

  /** An array that is not too long. */
  public static JsonNode array(JsonNode value, String at, int most) {
    if (!value.isArray()) {
      throw wrong(at, value, "an array");
    }
    if (value.size() > most) {
      throw wrong(at, value, "at most %d".formatted(most));
    }
    return value;
  }

  /** The whole numbers of an array. */
  public static List<Integer> integers(
      JsonNode value, String at, int most, int least, int greatest) {
    JsonNode array = array(value, at, most);
    List<Integer> numbers = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      numbers.add((int) wholeNumber(array.get(i), at + "[" + i + "]", least, greatest));
    }
    return numbers;
  }

  private static JsonFields object(JsonNode value, String at) {
    if (!value.isObject()) {
      throw wrong(at, value, "an object");
    }
    return new JsonFields(value, at);
  }

  private static String text(JsonNode value, String at) {
    if (!value.isString()) {
      throw wrong(at, value, "a text");
    }
    return value.stringValue();
  }

  private static long wholeNumber(JsonNode value, String at, long least, long most) {
    boolean whole = value.isIntegralNumber() && value.canConvertToLong();
    if (!whole || value.longValue() < least || value.longValue() > most) {
      throw wrong(at, value, "a whole number from %d to %d".formatted(least, most));
    }
    return value.longValue();
  }

  /** The error of a field that has to be there. */
  public ApiException missing(String name, String wanted) {
    return ApiException.badField(at(name), "%s is missing; wanted %s".formatted(at(name), wanted));
  }

  /** The error of a value that is not what was wanted. */
  public static ApiException wrong(String at, JsonNode found, String wanted) {
    return ApiException.badField(
        at, "%s is %s; wanted %s".formatted(at, Json.brief(found), wanted));
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
