package dev.sirocco.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jinja's filters, as far as chat templates use them. */
final class Filters {

  private Filters() {}

  static @Nullable Object apply(
      String name,
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named) {
    return switch (name) {
      case "trim", "strip" ->
          Methods.strip(
              Values.text(value),
              first(arguments) == null ? null : Values.text(first(arguments)),
              true,
              true);
      case "upper" -> Values.text(value).toUpperCase(Locale.ROOT);
      case "lower" -> Values.text(value).toLowerCase(Locale.ROOT);
      case "capitalize" -> Methods.capitalize(Values.text(value));
      case "title" -> Methods.title(Values.text(value));
      case "string", "safe" -> Values.text(value);
      case "escape", "e" -> escape(Values.text(value));
      case "replace" ->
          Methods.replace(
              Values.text(value),
              Values.text(first(arguments)),
              Values.text(Methods.argument(arguments, 1, "")),
              Values.integer(Methods.argument(arguments, 2, -1L), "replace: a count"));
      case "indent" -> indent(Values.text(value), arguments, named);
      case "tojson" -> json(arguments, named).write(value);
      case "length", "count" -> length(value);
      case "default", "d" -> orDefault(value, arguments, named);
      case "int" -> toInteger(value, Methods.argument(arguments, 0, 0L));
      case "float" -> toFloat(value);
      case "abs" ->
          value instanceof Double number
              ? (Object) Math.abs(number)
              : (Object) Math.abs(Values.integer(value, "abs: the value"));
      case "round" -> round(value, arguments);
      default -> SequenceFilters.apply(name, value, arguments, named);
    };
  }

  private static @Nullable Object first(List<@Nullable Object> arguments) {
    return Methods.argument(arguments, 0, null);
  }

  private static @Nullable Object orDefault(
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named) {
    Object other = Methods.argument(arguments, 0, named.getOrDefault("default_value", ""));
    boolean alsoIfFalse =
        Values.isTrue(Methods.argument(arguments, 1, named.getOrDefault("boolean", false)));
    boolean missing = value instanceof Undefined || (alsoIfFalse && !Values.isTrue(value));
    return missing ? other : value;
  }

  static long length(@Nullable Object value) {
    return switch (value) {
      case String text -> text.codePointCount(0, text.length());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Undefined undefined -> 0;
      case null, default -> throw new TemplateException(Values.repr(value) + " has no length");
    };
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static String indent(
      String text, List<@Nullable Object> arguments, Map<String, @Nullable Object> named) {
    Object width = Methods.argument(arguments, 0, named.getOrDefault("width", 4L));
    boolean firstToo =
        Values.isTrue(Methods.argument(arguments, 1, named.getOrDefault("first", false)));
    boolean blankToo =
        Values.isTrue(Methods.argument(arguments, 2, named.getOrDefault("blank", false)));
    long spaces = width instanceof String ? 0 : Values.integer(width, "indent: the width");
    Values.requireSize(Math.max(0, spaces));
    String by = width instanceof String prefix ? prefix : " ".repeat((int) Math.max(0, spaces));
    List<String> lines = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      boolean indented = lines.isEmpty() ? firstToo : blankToo || !line.isEmpty();
      lines.add(indented ? by + line : line);
    }
    return String.join("\n", lines);
  }

  private static JsonText json(
      List<@Nullable Object> arguments, Map<String, @Nullable Object> named) {
    Object indent = Methods.argument(arguments, 0, named.get("indent"));
    long width = indent == null ? -1 : Values.integer(indent, "tojson: indent");
    boolean oneLine = width < 0;
    String comma = oneLine ? ", " : ",";
    String colon = ": ";
    if (named.get("separators") instanceof List<?> separators && separators.size() == 2) {
      comma = Values.text(separators.get(0));
      colon = Values.text(separators.get(1));
    }
    return new JsonText(
        (int) Math.min(width, 100),
        Values.isTrue(named.getOrDefault("ensure_ascii", false)),
        Values.isTrue(named.getOrDefault("sort_keys", false)),
        comma,
        colon);
  }

  private static @Nullable Object toInteger(@Nullable Object value, @Nullable Object otherwise) {
    return switch (value) {
      case Boolean bool -> bool ? 1L : 0L;
      case Number number -> number.longValue();
      case String text -> {
        try {
          yield (long) Double.parseDouble(text.strip());
        } catch (NumberFormatException e) {
          yield otherwise;
        }
      }
      case null, default -> otherwise;
    };
  }

  private static Object toFloat(@Nullable Object value) {
    try {
      return value instanceof Number number
          ? number.doubleValue()
          : Double.parseDouble(Values.text(value).strip());
    } catch (NumberFormatException e) {
      return 0.0;
    }
  }

  private static Object round(@Nullable Object value, List<@Nullable Object> arguments) {
    long digits = Values.integer(Methods.argument(arguments, 0, 0L), "round: the digits");
    double scale = Math.pow(10, (double) digits);
    double number =
        value instanceof Double d ? d : (double) Values.integer(value, "round: the value");
    return Math.rint(number * scale) / scale;
  }

  /** The order in which {@code sort} puts values. */
  static Comparator<@Nullable Object> order() {
    return (left, right) ->
        left instanceof String a && right instanceof String b
            ? a.compareToIgnoreCase(b)
            : Values.compare(left, right);
  }
}
