package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.schema.ScalarKey;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** What comes behind a string. */
sealed interface StringEnd {

  /**
   * The state behind the closing quote; null if the string may not end like this.
   *
   * @param state behind the string's last character
   * @param content the string's characters, if {@link #wantsContent}; null for none or if unknown
   */
  @Nullable AutomatonState close(CharState state, @Nullable Content content);

  /** Where the schema of the string is written; for a key, that of its object. */
  String place();

  /** Whether the string's characters matter. */
  boolean wantsContent();

  /** Whether they matter for what may come directly behind the string. */
  boolean decidesWhatFollows();

  /** The string is a key of {@code frame}. */
  record OfKey(ObjectFrame frame) implements StringEnd {
    @Override
    public @Nullable AutomatonState close(CharState state, @Nullable Content content) {
      KeyState key = (KeyState) state;
      if (!key.accepting()) {
        return null;
      }
      int name = key.name();
      return name >= 0
          ? frame.afterName(name)
          : frame.afterOther(frame.kinds(key.others()), Content.text(content));
    }

    @Override
    public String place() {
      return frame.place();
    }

    @Override
    public boolean wantsContent() {
      return true;
    }

    @Override
    public boolean decidesWhatFollows() {
      return false;
    }
  }

  /** The string is a value planned in {@code plan}; {@code after} is the frame behind it. */
  record OfValue(Frame after, ValuePlan plan) implements StringEnd {
    @Override
    public @Nullable AutomatonState close(CharState state, @Nullable Content content) {
      BitSet survivors = plan.threadsOfString(state);
      if (survivors.isEmpty()) {
        return null;
      }
      String value = after.remembersValues() ? ScalarKey.ofString(Content.text(content)) : null;
      return new AfterValue(after.afterValue(survivors, value), Whitespace.NONE);
    }

    @Override
    public String place() {
      return plan.place();
    }

    @Override
    public boolean wantsContent() {
      return after.remembersValues();
    }

    @Override
    public boolean decidesWhatFollows() {
      return after.remembersValues();
    }
  }
}
