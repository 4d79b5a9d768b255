package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.JsonStringDecoder;
import dev.sirocco.engine.constrain.core.VocabularyMasks;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Inside a string, key or value. */
final class InString implements AutomatonState {

  private final CharState state;
  private final long partial;
  private final StringEnd end;
  private final @Nullable Content content;

  InString(CharState state, long partial, StringEnd end, @Nullable Content content) {
    this.state = state;
    this.partial = partial;
    this.end = end;
    this.content = content;
  }

  @Override
  public @Nullable AutomatonState next(int b) {
    try {
      return step(b);
    } catch (ConstraintException e) {
      throw e.at(end.place());
    }
  }

  private @Nullable AutomatonState step(int b) {
    long result = JsonStringDecoder.step(partial, b);
    if (result == JsonStringDecoder.CLOSED) {
      return end.close(state, content);
    }
    if (JsonStringDecoder.isCharacter(result)) {
      int c = JsonStringDecoder.character(result);
      CharState next = state.next(c);
      return next == null
          ? null
          : new InString(
              next,
              JsonStringDecoder.NONE,
              end,
              end.wantsContent() ? new Content(content, c) : null);
    }
    return result == JsonStringDecoder.BAD || !JsonStringDecoder.canComplete(result, state::anyNext)
        ? null
        : new InString(state, result, end, content);
  }

  @Override
  public boolean accepting() {
    return false;
  }

  @Override
  public void addTokens(VocabularyMasks masks, long[] mask) {
    try {
      new StringTokensWalk(masks, end, mask).add(this, state, partial);
    } catch (ConstraintException e) {
      throw e.at(end.place());
    }
  }

  // Elsewhere what may follow depends on the characters read only through the state.
  @Override
  public boolean equals(Object o) {
    return o instanceof InString s
        && s.partial == partial
        && s.state.equals(state)
        && s.end.equals(end)
        && (!end.decidesWhatFollows() || Objects.equals(s.content, content));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * state.hashCode() + Long.hashCode(partial)) + end.hashCode();
  }
}
