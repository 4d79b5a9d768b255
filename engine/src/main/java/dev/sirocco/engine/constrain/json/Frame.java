package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * An array or object that is open, or the whole text. It holds the alternatives that are still
 * possible, its threads; a value inside is followed for all of them at once, each of the value's
 * own alternatives naming the threads it serves. Immutable.
 */
interface Frame {

  /**
   * The frame after a value that only the threads in {@code survivors} admit.
   *
   * @param value the value, if {@link #remembersValues}
   */
  Frame afterValue(BitSet survivors, @Nullable String value);

  /** Whether {@link #afterValue} wants to know scalars. */
  boolean remembersValues();

  /** After a comma, or null if nothing more may follow. */
  @Nullable AutomatonState afterComma();

  /** After the closing bracket {@code b}, or null if it may not come here. */
  @Nullable AutomatonState afterClose(int b);

  /** Whether the text may end behind the value. */
  boolean isRoot();
}
