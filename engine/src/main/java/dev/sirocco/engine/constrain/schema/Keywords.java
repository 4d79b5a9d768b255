package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Typed access to the keywords of one schema; a value of the wrong type is refused. */
record Keywords(JsonNode json, String location) {

  private static final int LARGEST_COUNT = 100_000;

  ConstraintException error(String keyword, String problem) {
    return new ConstraintException("%s: \"%s\" %s".formatted(location, keyword, problem));
  }

  /** Runs {@code action}; what it refuses is reported as this schema's {@code keyword}. */
  <T> T located(String keyword, Supplier<T> action) {
    try {
      return action.get();
    } catch (ConstraintException e) {
      throw e.at("%s: \"%s\"".formatted(location, keyword));
    }
  }

  boolean has(String keyword) {
    return json.has(keyword);
  }

  @Nullable JsonNode get(String keyword) {
    return json.get(keyword);
  }

  private ConstraintException wrong(String keyword, String wanted) {
    String value = String.valueOf(json.get(keyword));
    return error(
        keyword,
        "must be %s, but is %s"
            .formatted(wanted, value.length() > 60 ? value.substring(0, 60) + "…" : value));
  }

  @Nullable BigDecimal number(String keyword) {
    JsonNode value = json.get(keyword);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw wrong(keyword, "a number");
    }
    BigDecimal number = value.decimalValue();
    located(
        keyword,
        () -> {
          NumberRanges.check(number);
          return number;
        });
    return number;
  }

  @Nullable String text(String keyword) {
    JsonNode value = json.get(keyword);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw wrong(keyword, "a string");
    }
    return value.stringValue();
  }

  boolean isTrue(String keyword) {
    JsonNode value = json.get(keyword);
    if (value != null && !value.isBoolean()) {
      throw wrong(keyword, "true or false");
    }
    return value != null && value.booleanValue();
  }

  /** A lower bound of a count, at most 100,000. */
  int atLeast(String keyword, int absent) {
    BigDecimal value = count(keyword);
    if (value == null) {
      return absent;
    }
    if (value.compareTo(BigDecimal.valueOf(LARGEST_COUNT)) > 0) {
      throw error(keyword, "is %s, but at most %,d are counted".formatted(value, LARGEST_COUNT));
    }
    return value.intValueExact();
  }

  /** An upper bound of a count; {@link Integer#MAX_VALUE} if absent or beyond any text. */
  int atMost(String keyword) {
    BigDecimal value = count(keyword);
    return value == null || value.compareTo(BigDecimal.valueOf(Integer.MAX_VALUE)) >= 0
        ? Integer.MAX_VALUE
        : value.intValueExact();
  }

  private @Nullable BigDecimal count(String keyword) {
    BigDecimal value = number(keyword);
    if (value != null && (value.signum() < 0 || value.stripTrailingZeros().scale() > 0)) {
      throw wrong(keyword, "a whole number of 0 or above");
    }
    return value == null ? null : value.setScale(0);
  }

  /** The members of an object. */
  Map<String, JsonNode> members(String keyword) {
    JsonNode value = json.get(keyword);
    Map<String, JsonNode> result = new LinkedHashMap<>();
    if (value != null) {
      if (!value.isObject()) {
        throw wrong(keyword, "an object");
      }
      value.properties().forEach(e -> result.put(e.getKey(), e.getValue()));
    }
    return result;
  }

  /** An array that is present. */
  JsonNode array(String keyword) {
    JsonNode value = json.get(keyword);
    if (value == null || !value.isArray()) {
      throw wrong(keyword, "an array");
    }
    return value;
  }

  /** An array of strings; empty if absent. */
  Set<String> names(String keyword) {
    return json.has(keyword) ? names(keyword, array(keyword)) : Set.of();
  }

  Set<String> names(String keyword, JsonNode array) {
    Set<String> result = new LinkedHashSet<>();
    for (JsonNode name : array) {
      if (!name.isString()) {
        throw wrong(keyword, "an array of strings");
      }
      result.add(name.stringValue());
    }
    return result;
  }
}
