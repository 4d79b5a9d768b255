package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.schema.ScalarKey;
import org.jspecify.annotations.Nullable;

/**
 * Inside {@code null}, {@code false} or {@code true}.
 *
 * @param literal which
 * @param read characters read, fewer than it has
 * @param after the frame behind the value
 * @param plan the value's plan
 */
record InLiteral(String literal, int read, Frame after, ValuePlan plan) implements AutomatonState {

  @Override
  public @Nullable AutomatonState next(int b) {
    if (literal.charAt(read) != b) {
      return null;
    }
    if (read + 1 < literal.length()) {
      return new InLiteral(literal, read + 1, after, plan);
    }
    String value = after.remembersValues() ? ScalarKey.ofLiteral(literal) : null;
    return new AfterValue(after.afterValue(plan.threadsOfLiteral(literal), value), Whitespace.NONE);
  }

  @Override
  public boolean accepting() {
    return false;
  }
}
