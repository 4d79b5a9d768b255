package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.JsonStringDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Before a key.
 *
 * @param frame the object
 * @param mayClose whether it may also end, without a property
 * @param space white space read
 */
record BeforeKey(ObjectFrame frame, boolean mayClose, int space) implements AutomatonState {

  @Override
  public @Nullable AutomatonState next(int b) {
    return switch (b) {
      case '"' -> {
        KeyState start = frame.keys().start();
        yield start == null
            ? null
            : new InString(start, JsonStringDecoder.NONE, new StringEnd.OfKey(frame), null);
      }
      case '}' -> mayClose ? frame.afterClose(b) : null;
      default -> {
        int more = Whitespace.next(space, b);
        yield more < 0 ? null : new BeforeKey(frame, mayClose, more);
      }
    };
  }

  @Override
  public boolean accepting() {
    return false;
  }
}
