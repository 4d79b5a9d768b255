package dev.sirocco.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An expression of a template. */
sealed interface Expression {

  /** A value written out; null is none. */
  record Literal(@Nullable Object value) implements Expression {}

  record Name(String name) implements Expression {}

  /** A list or a tuple. */
  record Items(List<Expression> items) implements Expression {}

  record Dict(List<Map.Entry<Expression, Expression>> entries) implements Expression {}

  record Attribute(Expression object, String name) implements Expression {}

  record Subscript(Expression object, Expression index) implements Expression {}

  record Slice(
      Expression object,
      Optional<Expression> start,
      Optional<Expression> stop,
      Optional<Expression> step)
      implements Expression {}

  record Call(Expression function, Arguments arguments) implements Expression {}

  record Filter(Expression value, String name, Arguments arguments) implements Expression {}

  record Test(Expression value, String name, Arguments arguments, boolean negated)
      implements Expression {}

  record Unary(String operator, Expression value) implements Expression {}

  record Binary(String operator, Expression left, Expression right) implements Expression {}

  /** {@code a < b <= c}: as many operators as further operands. */
  record Comparison(Expression first, List<String> operators, List<Expression> others)
      implements Expression {}

  record Conditional(Expression condition, Expression then, Optional<Expression> otherwise)
      implements Expression {}

  /** What stands in the parentheses of a call. */
  record Arguments(List<Expression> positional, Map<String, Expression> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());
  }
}
