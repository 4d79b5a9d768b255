package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import org.jspecify.annotations.Nullable;

/**
 * Behind a key, before the colon.
 *
 * @param automaton the automaton
 * @param after the frame behind the property's value
 * @param plan how the value may begin
 * @param space white space read
 */
record AfterKey(JsonAutomaton automaton, ObjectFrame after, ValuePlan plan, int space)
    implements AutomatonState {

  @Override
  public @Nullable AutomatonState next(int b) {
    if (b == ':') {
      return new BeforeValue(automaton, after, plan, Whitespace.NONE, null);
    }
    int more = Whitespace.next(space, b);
    return more < 0 ? null : new AfterKey(automaton, after, plan, more);
  }

  @Override
  public boolean accepting() {
    return false;
  }
}
