package dev.sirocco.tokenizer.jinja;

import dev.sirocco.tokenizer.jinja.Expression.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Computes expressions. */
final class Evaluator {

  private Evaluator() {}

  static @Nullable Object evaluate(Expression expression, Scope scope) {
    Object value = compute(expression, scope);
    return switch (expression) {
      case Expression.Slice made -> scope.work().of(value);
      case Expression.Call made -> scope.work().of(value);
      case Expression.Filter made -> scope.work().of(value);
      case Expression.Binary made -> scope.work().of(value);
      default -> value;
    };
  }

  /** The value of what an operation goes through. */
  private static @Nullable Object operand(Expression expression, Scope scope) {
    return scope.work().of(evaluate(expression, scope));
  }

  private static @Nullable Object compute(Expression expression, Scope scope) {
    return switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Name name -> scope.get(name.name());
      case Expression.Items items -> evaluateAll(items.items(), scope);
      case Expression.Dict dict -> dict(dict, scope);
      case Expression.Attribute attribute ->
          attribute(operand(attribute.object(), scope), attribute.name());
      case Expression.Subscript subscript ->
          item(operand(subscript.object(), scope), evaluate(subscript.index(), scope));
      case Expression.Slice slice -> slice(slice, scope);
      case Expression.Call call -> call(call, scope);
      case Expression.Filter filter -> filter(filter, operand(filter.value(), scope), scope);
      case Expression.Test test ->
          Tests.holds(
                  test.name(),
                  operand(test.value(), scope),
                  evaluateAll(test.arguments().positional(), scope))
              != test.negated();
      case Expression.Unary unary -> unary(unary, scope);
      case Expression.Binary binary -> binary(binary, scope);
      case Expression.Comparison comparison -> compares(comparison, scope);
      case Expression.Conditional conditional -> conditional(conditional, scope);
    };
  }

  private static List<@Nullable Object> evaluateAll(List<Expression> expressions, Scope scope) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Expression expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }

  private static Object dict(Expression.Dict dict, Scope scope) {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (Map.Entry<Expression, Expression> entry : dict.entries()) {
      map.put(evaluate(entry.getKey(), scope), evaluate(entry.getValue(), scope));
    }
    return map;
  }

  /** {@code object.name}: a method, or what the object has under that name. */
  static @Nullable Object attribute(@Nullable Object object, String name) {
    Callable method = Methods.find(object, name);
    return method != null ? method : item(object, name);
  }

  /** {@code object[key]}; undefined if there is no such thing. */
  static @Nullable Object item(@Nullable Object object, @Nullable Object key) {
    Undefined missing = new Undefined(Values.repr(key));
    return switch (object) {
      case Undefined undefined -> throw undefined.used();
      case Map<?, ?> map -> map.containsKey(key) ? map.get(key) : missing;
      case Namespace namespace ->
          key instanceof String name && namespace.attributes().containsKey(name)
              ? namespace.attributes().get(name)
              : missing;
      case Loop loop when key instanceof String name -> loop.attribute(name);
      case List<?> list when key instanceof Long index -> {
        long at = index < 0 ? index + list.size() : index;
        yield at >= 0 && at < list.size() ? list.get((int) at) : missing;
      }
      case String text when key instanceof Long index -> character(text, index, missing);
      case null, default -> missing;
    };
  }

  private static Object character(String text, long index, Undefined missing) {
    int length = text.codePointCount(0, text.length());
    long at = index < 0 ? index + length : index;
    if (at < 0 || at >= length) {
      return missing;
    }
    return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
  }

  private static Object slice(Expression.Slice slice, Scope scope) {
    Object object = operand(slice.object(), scope);
    if (!(object instanceof List) && !(object instanceof String)) {
      throw new TemplateException(Values.repr(object) + " cannot be sliced");
    }
    long step = bound(slice.step(), scope, 1);
    if (step == 0) {
      throw new TemplateException("the step of a slice is 0; wanted another number");
    }
    int size = (int) Filters.length(object);
    long start = clamp(bound(slice.start(), scope, step > 0 ? 0 : size - 1L), size, step);
    long stop =
        slice.stop().isEmpty()
            ? (step > 0 ? size : -1)
            : clamp(bound(slice.stop(), scope, 0), size, step);
    if (object instanceof String text && step == 1) {
      int first = text.offsetByCodePoints(0, (int) start);
      return text.substring(first, text.offsetByCodePoints(first, (int) Math.max(0, stop - start)));
    }
    List<@Nullable Object> items = Values.items(object);
    List<@Nullable Object> taken = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      taken.add(items.get((int) i));
    }
    if (object instanceof String) {
      return String.join("", taken.stream().map(Values::text).toList());
    }
    return taken;
  }

  private static long bound(Optional<Expression> expression, Scope scope, long otherwise) {
    Object value = expression.isEmpty() ? null : evaluate(expression.get(), scope);
    long bound = value == null ? otherwise : Values.integer(value, "a bound of a slice");
    return Math.clamp(bound, -Values.MOST, Values.MOST);
  }

  private static long clamp(long bound, int size, long step) {
    long fromStart = bound < 0 ? bound + size : bound;
    return step > 0 ? Math.clamp(fromStart, 0, size) : Math.clamp(fromStart, -1, size - 1L);
  }

  private static @Nullable Object call(Expression.Call call, Scope scope) {
    Object function = evaluate(call.function(), scope);
    if (!(function instanceof Callable callable)) {
      String name =
          switch (call.function()) {
            case Expression.Name named -> named.name();
            case Expression.Attribute attribute -> attribute.name();
            default -> Values.repr(function);
          };
      throw new TemplateException("'%s' is no function that is known here".formatted(name));
    }
    return callable.call(
        evaluateAll(call.arguments().positional(), scope), named(call.arguments(), scope));
  }

  private static Map<String, @Nullable Object> named(Arguments arguments, Scope scope) {
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    arguments.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
    return named;
  }

  static @Nullable Object filter(Expression.Filter filter, @Nullable Object value, Scope scope) {
    return Filters.apply(
        filter.name(),
        value,
        evaluateAll(filter.arguments().positional(), scope),
        named(filter.arguments(), scope));
  }

  private static @Nullable Object unary(Expression.Unary unary, Scope scope) {
    Object value = evaluate(unary.value(), scope);
    return switch (unary.operator()) {
      case "not" -> !Values.isTrue(value);
      case "-" -> Values.arithmetic("-", 0L, value);
      default -> Values.arithmetic("+", 0L, value);
    };
  }

  private static @Nullable Object binary(Expression.Binary binary, Scope scope) {
    Object left = evaluate(binary.left(), scope);
    switch (binary.operator()) {
      case "and" -> {
        return Values.isTrue(left) ? evaluate(binary.right(), scope) : left;
      }
      case "or" -> {
        return Values.isTrue(left) ? left : evaluate(binary.right(), scope);
      }
      default -> {}
    }
    Object right = evaluate(binary.right(), scope);
    return binary.operator().equals("~")
        ? Values.arithmetic("+", Values.text(left), Values.text(right))
        : Values.arithmetic(binary.operator(), left, right);
  }

  private static boolean compares(Expression.Comparison comparison, Scope scope) {
    Object left = operand(comparison.first(), scope);
    for (int i = 0; i < comparison.operators().size(); i++) {
      Object right = operand(comparison.others().get(i), scope);
      boolean holds =
          switch (comparison.operators().get(i)) {
            case "==" -> Values.areEqual(left, right);
            case "!=" -> !Values.areEqual(left, right);
            case "<" -> Values.compare(left, right) < 0;
            case "<=" -> Values.compare(left, right) <= 0;
            case ">" -> Values.compare(left, right) > 0;
            case ">=" -> Values.compare(left, right) >= 0;
            case "in" -> Values.contains(right, left);
            default -> !Values.contains(right, left);
          };
      if (!holds) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private static @Nullable Object conditional(Expression.Conditional conditional, Scope scope) {
    if (Values.isTrue(evaluate(conditional.condition(), scope))) {
      return evaluate(conditional.then(), scope);
    }
    return conditional.otherwise().isEmpty()
        ? new Undefined("the value of a condition without else")
        : evaluate(conditional.otherwise().get(), scope);
  }
}
