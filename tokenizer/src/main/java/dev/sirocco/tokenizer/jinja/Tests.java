package dev.sirocco.tokenizer.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jinja's tests, the names behind {@code is}. */
final class Tests {

  private Tests() {}

  static boolean holds(String name, @Nullable Object value, List<@Nullable Object> arguments) {
    Object other = Methods.argument(arguments, 0, null);
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value == null;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "number" -> Values.isNumber(value);
      case "integer" -> value instanceof Long || value instanceof BigInteger;
      case "float" -> value instanceof Double;
      case "mapping" -> value instanceof Map;
      case "sequence", "iterable" ->
          value instanceof List || value instanceof Map || value instanceof String;
      case "callable" -> value instanceof Callable;
      case "eq", "==", "equalto" -> Values.areEqual(value, other);
      case "ne", "!=" -> !Values.areEqual(value, other);
      case "lt", "<", "lessthan" -> Values.compare(value, other) < 0;
      case "le", "<=" -> Values.compare(value, other) <= 0;
      case "gt", ">", "greaterthan" -> Values.compare(value, other) > 0;
      case "ge", ">=" -> Values.compare(value, other) >= 0;
      case "in" -> Values.contains(other, value);
      case "sameas" -> Values.areEqual(value, other);
      case "even" -> Values.integer(value, "even: the value") % 2 == 0;
      case "odd" -> Values.integer(value, "odd: the value") % 2 != 0;
      case "divisibleby" -> isDivisible(value, other);
      case "lower" -> Values.text(value).equals(Values.text(value).toLowerCase(Locale.ROOT));
      case "upper" -> Values.text(value).equals(Values.text(value).toUpperCase(Locale.ROOT));
      default -> throw new TemplateException("the test '%s' is not known".formatted(name));
    };
  }

  private static boolean isDivisible(@Nullable Object value, @Nullable Object divisor) {
    long by = Values.integer(divisor, "divisibleby: the divisor");
    if (by == 0) {
      throw new TemplateException("divisibleby: division by zero");
    }
    return Values.integer(value, "divisibleby: the value") % by == 0;
  }
}
