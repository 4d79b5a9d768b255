package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.JsonStringDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Before a value.
 *
 * @param automaton the automaton
 * @param after the frame behind the value
 * @param plan how it may begin
 * @param space white space read
 * @param empty the array that may end here without an item; null if none may
 */
record BeforeValue(
    JsonAutomaton automaton, Frame after, ValuePlan plan, int space, @Nullable ArrayFrame empty)
    implements AutomatonState {

  @Override
  public @Nullable AutomatonState next(int b) {
    return switch (b) {
      case ' ', '\t', '\r', '\n' -> {
        int more = Whitespace.next(space, b);
        yield more < 0 ? null : new BeforeValue(automaton, after, plan, more, empty);
      }
      case '"' -> string();
      case '{' -> ObjectFrame.open(automaton, plan, after);
      case '[' -> ArrayFrame.open(automaton, plan, after);
      case ']' -> empty == null ? null : empty.afterClose(b);
      case 'n', 'f', 't' -> {
        String literal = plan.literal(b);
        yield literal == null ? null : new InLiteral(literal, 1, after, plan);
      }
      default -> {
        CharState numbers = plan.numbers();
        yield numbers == null || b >= 0x80 ? null : InNumber.step(numbers, b, after, plan, null);
      }
    };
  }

  private @Nullable AutomatonState string() {
    CharState strings = plan.strings();
    return strings == null
        ? null
        : new InString(strings, JsonStringDecoder.NONE, new StringEnd.OfValue(after, plan), null);
  }

  @Override
  public boolean accepting() {
    return false;
  }
}
