package dev.sirocco.tokenizer.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Python's semantics of values. A value is null (none), {@link Undefined}, a {@code Boolean},
 * {@code Long}, {@code BigInteger}, {@code Double}, {@code String}, {@code List}, {@code Map},
 * {@link Namespace}, {@link Loop} or {@link Callable}.
 */
final class Values {

  /** The longest text and the largest list that a template may make. */
  static final int MOST = 1 << 24;

  /** How much more an item of a list takes than a character of a text. */
  private static final long ITEM = 16;

  private Values() {}

  static boolean isTrue(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Undefined undefined -> false;
      case Boolean bool -> bool;
      case Number number -> number.doubleValue() != 0;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  /** As Python's {@code str}. */
  static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "None";
      case Undefined undefined -> "";
      case String text -> text;
      default -> repr(value);
    };
  }

  /** As Python's {@code repr}. */
  static String repr(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    repr(value, out);
    return out.toString();
  }

  private static void repr(@Nullable Object value, StringBuilder out) {
    switch (value) {
      case null -> out.append("None");
      case Undefined undefined -> out.append("Undefined");
      case Boolean bool -> out.append(bool ? "True" : "False");
      case Double number -> out.append(floatText(number));
      case String text -> quote(text, out);
      case List<?> list -> {
        String separator = "[";
        for (Object item : list) {
          repr(item, out.append(separator));
          separator = ", ";
        }
        out.append(list.isEmpty() ? "[]" : "]");
      }
      case Map<?, ?> map -> {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          repr(entry.getKey(), out.append(separator));
          repr(entry.getValue(), out.append(": "));
          separator = ", ";
        }
        out.append(map.isEmpty() ? "{}" : "}");
      }
      case Namespace namespace -> {
        repr(namespace.attributes(), out.append("<Namespace "));
        out.append('>');
      }
      default -> out.append(value);
    }
    requireSize(out.length());
  }

  private static void quote(String text, StringBuilder out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c == quote) {
            out.append('\\');
          }
          out.append(c);
        }
      }
    }
    out.append(quote);
  }

  /** A float as Python writes it: 22.0, 1e-07, 1e+16. */
  static String floatText(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    double magnitude = Math.abs(value);
    if (value == 0 || (magnitude >= 1e-4 && magnitude < 1e16)) {
      String plain = new BigDecimal(Double.toString(value)).toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String[] parts = Double.toString(value).split("E", 2);
    int exponent = Integer.parseInt(parts[1]);
    String digits =
        parts[0].endsWith(".0") ? parts[0].substring(0, parts[0].length() - 2) : parts[0];
    return "%se%s%02d".formatted(digits, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  static boolean areEqual(@Nullable Object left, @Nullable Object right) {
    if (isNumber(left) && isNumber(right)) {
      return compare(left, right) == 0;
    }
    return Objects.equals(left, right);
  }

  /** Whether a value counts as a number; booleans do, as in Python. */
  static boolean isNumber(@Nullable Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  private static BigDecimal decimal(@Nullable Object value) {
    return switch (value) {
      case Boolean bool -> bool ? BigDecimal.ONE : BigDecimal.ZERO;
      case BigInteger integer -> new BigDecimal(integer);
      case Double number when Double.isFinite(number) -> BigDecimal.valueOf(number);
      case Long number -> BigDecimal.valueOf(number);
      case Integer number -> BigDecimal.valueOf(number);
      case null, default -> throw new TemplateException(repr(value) + " is not a finite number");
    };
  }

  /** Equal for values that are equal, however their numbers are written. */
  static @Nullable Object key(@Nullable Object value) {
    return isNumber(value) ? decimal(value).stripTrailingZeros() : value;
  }

  static int compare(@Nullable Object left, @Nullable Object right) {
    if (isNumber(left) && isNumber(right)) {
      return decimal(left).compareTo(decimal(right));
    }
    if (left instanceof String a && right instanceof String b) {
      return a.compareTo(b);
    }
    throw unfit("compare", left, right);
  }

  static boolean contains(@Nullable Object container, @Nullable Object item) {
    return switch (container) {
      case String text when item instanceof String part -> text.contains(part);
      case List<?> list -> list.stream().anyMatch(other -> areEqual(other, item));
      case Map<?, ?> map -> map.containsKey(item);
      case Undefined undefined -> false;
      case null, default -> throw unfit("search", container, item);
    };
  }

  /** The items that a loop over a value sees. */
  static List<@Nullable Object> items(@Nullable Object value) {
    List<@Nullable Object> items = new ArrayList<>();
    switch (value) {
      case List<?> list -> items.addAll(list);
      case Map<?, ?> map -> items.addAll(map.keySet());
      case String text -> {
        requireSize(ITEM * text.length());
        text.codePoints().mapToObj(Character::toString).forEach(items::add);
      }
      case Undefined undefined -> {}
      case null, default -> throw new TemplateException(repr(value) + " cannot be looped over");
    }
    return items;
  }

  static long integer(@Nullable Object value, String what) {
    return switch (value) {
      case Long number -> number;
      case Integer number -> number;
      case Boolean bool -> bool ? 1 : 0;
      case null, default ->
          throw new TemplateException("%s is %s; wanted an integer".formatted(what, repr(value)));
    };
  }

  static @Nullable Object arithmetic(
      String operator, @Nullable Object left, @Nullable Object right) {
    if (operator.equals("+") && left instanceof String a && right instanceof String b) {
      requireSize((long) a.length() + b.length());
      return a + b;
    }
    if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
      requireSize((long) a.size() + b.size());
      List<@Nullable Object> both = new ArrayList<>(a);
      both.addAll(b);
      return both;
    }
    if (operator.equals("*") && left instanceof String text && right instanceof Long count) {
      long times = text.isEmpty() ? 0 : Math.max(0, count);
      requireSize(times > MOST ? times : times * text.length());
      return text.repeat((int) times);
    }
    if (!isNumber(left) || !isNumber(right)) {
      throw unfit(operator, left, right);
    }
    boolean floats = left instanceof Double || right instanceof Double || operator.equals("/");
    return floats
        ? floatArithmetic(operator, decimal(left).doubleValue(), decimal(right).doubleValue())
        : integerArithmetic(operator, integer(left, "a number"), integer(right, "a number"));
  }

  private static Object floatArithmetic(String operator, double left, double right) {
    if (right == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw new TemplateException("division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      default -> left - right * Math.floor(left / right);
    };
  }

  private static Object integerArithmetic(String operator, long left, long right) {
    try {
      return switch (operator) {
        case "+" -> Math.addExact(left, right);
        case "-" -> Math.subtractExact(left, right);
        case "*" -> Math.multiplyExact(left, right);
        case "//" -> Math.floorDiv(left, right);
        default -> Math.floorMod(left, right);
      };
    } catch (ArithmeticException e) {
      throw new TemplateException(
          "%d %s %d cannot be computed: %s".formatted(left, operator, right, e.getMessage()));
    }
  }

  static void requireSize(long size) {
    if (size > MOST) {
      throw new TemplateException(
          "a value of %d characters or items; wanted at most %d".formatted(size, MOST));
    }
  }

  static TemplateException unfit(String operator, @Nullable Object left, @Nullable Object right) {
    if (left instanceof Undefined undefined) {
      return undefined.used();
    }
    if (right instanceof Undefined undefined) {
      return undefined.used();
    }
    return new TemplateException(
        "'%s' does not go with %s and %s".formatted(operator, brief(left), brief(right)));
  }

  private static String brief(@Nullable Object value) {
    String text = repr(value);
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
