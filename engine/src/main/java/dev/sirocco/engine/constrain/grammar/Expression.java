package dev.sirocco.engine.constrain.grammar;

import dev.sirocco.engine.constrain.regex.CharSet;
import java.util.List;

/** The right side of a rule. */
sealed interface Expression {

  /** One character of a set. */
  record One(CharSet set) implements Expression {}

  /** One after another; the empty text if there are none. */
  record Sequence(List<Expression> parts) implements Expression {}

  /** Any of them. */
  record Choice(List<Expression> parts) implements Expression {}

  /** {@code min} to {@code max} times; {@link Integer#MAX_VALUE} for no bound. */
  record Repetition(Expression body, int min, int max) implements Expression {}

  /** What another rule describes. */
  record Reference(String rule) implements Expression {}
}
