package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import org.jspecify.annotations.Nullable;

/**
 * Behind a value.
 *
 * @param frame what the value was part of
 * @param space white space read
 */
record AfterValue(Frame frame, int space) implements AutomatonState {

  @Override
  public @Nullable AutomatonState next(int b) {
    return switch (b) {
      case ',' -> frame.afterComma();
      case ']', '}' -> frame.afterClose(b);
      default -> {
        int more = frame.isRoot() ? -1 : Whitespace.next(space, b);
        yield more < 0 ? null : new AfterValue(frame, more);
      }
    };
  }

  @Override
  public boolean accepting() {
    return frame.isRoot();
  }
}
