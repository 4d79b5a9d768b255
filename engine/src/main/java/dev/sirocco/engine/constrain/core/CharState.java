package dev.sirocco.engine.constrain.core;

import org.jspecify.annotations.Nullable;

/**
 * A state of an automaton that reads characters. From every state some accepted text can be
 * reached: where none can, there is no state but null.
 */
public interface CharState {

  /** The state after character {@code c}, a scalar value, or null if no text goes on like this. */
  @Nullable CharState next(int c);

  /** Whether one of the scalar values from {@code first} to {@code last} may come next. */
  boolean anyNext(int first, int last);

  /** Whether the text may end here. */
  boolean accepting();

  /**
   * How many {@link SafeChars safe characters}, whichever they are, may follow before none may: at
   * most {@link SafeChars#LONGEST_RUN}, which also stands for more, and 0 also where it depends on
   * the characters.
   */
  int safeRun();

  /** Whether every text may follow. */
  boolean free();

  /**
   * {@link CharKinds Kinds} of characters all of which lead from this state back to it; some may be
   * missing.
   */
  long loops();
}
