package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.schema.ScalarKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Inside a number, which ends where something comes that is no part of one. */
final class InNumber implements AutomatonState {

  private final CharState state;
  private final Frame after;
  private final ValuePlan plan;
  private final @Nullable Content content;

  private InNumber(CharState state, Frame after, ValuePlan plan, @Nullable Content content) {
    this.state = state;
    this.after = after;
    this.plan = plan;
    this.content = content;
  }

  static @Nullable AutomatonState step(
      CharState state, int b, Frame after, ValuePlan plan, @Nullable Content content) {
    CharState next = next(state, b, plan);
    return next == null
        ? null
        : new InNumber(next, after, plan, after.remembersValues() ? new Content(content, b) : null);
  }

  private static @Nullable CharState next(CharState state, int b, ValuePlan plan) {
    try {
      return state.next(b);
    } catch (ConstraintException e) {
      throw e.at(plan.place());
    }
  }

  @Override
  public @Nullable AutomatonState next(int b) {
    boolean part =
        (b >= '0' && b <= '9') || b == '.' || b == 'e' || b == 'E' || b == '+' || b == '-';
    if (part) {
      return step(state, b, after, plan, content);
    }
    return state.accepting() ? end().next(b) : null;
  }

  private AutomatonState end() {
    String value = after.remembersValues() ? ScalarKey.ofNumber(Content.text(content)) : null;
    return new AfterValue(after.afterValue(plan.threadsOfNumber(state), value), Whitespace.NONE);
  }

  @Override
  public boolean accepting() {
    return after.isRoot() && state.accepting();
  }

  // What has been read matters where items must be unique, as it tells which may still come.
  @Override
  public boolean equals(Object o) {
    return o instanceof InNumber n
        && n.state.equals(state)
        && n.plan == plan
        && n.after.equals(after)
        && Objects.equals(n.content, content);
  }

  @Override
  public int hashCode() {
    return 31 * state.hashCode() + after.hashCode();
  }
}
