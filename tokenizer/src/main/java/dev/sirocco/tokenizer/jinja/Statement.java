package dev.sirocco.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A part of a template. */
sealed interface Statement {

  record Text(String text) implements Statement {}

  record Print(Expression value, int line) implements Statement {}

  record If(Expression condition, List<Statement> then, List<Statement> otherwise, int line)
      implements Statement {}

  /** A loop; a condition filters the items before they are counted. */
  record For(
      List<String> targets,
      Expression items,
      Optional<Expression> condition,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Set(List<String> targets, Expression value, int line) implements Statement {}

  record SetAttribute(String object, String name, Expression value, int line)
      implements Statement {}

  /** Sets a name to what the body renders to, filtered. */
  record SetBlock(String target, List<Expression.Filter> filters, List<Statement> body, int line)
      implements Statement {}

  record Macro(
      String name, List<String> parameters, Map<String, Expression> defaults, List<Statement> body)
      implements Statement {}

  /** Names that hold within a body. */
  record With(Map<String, Expression> values, List<Statement> body, int line)
      implements Statement {}

  record FilterBlock(List<Expression.Filter> filters, List<Statement> body, int line)
      implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}
}
