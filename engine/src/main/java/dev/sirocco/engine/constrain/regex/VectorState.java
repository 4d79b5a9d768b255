package dev.sirocco.engine.constrain.regex;

import dev.sirocco.engine.constrain.core.CharKinds;
import dev.sirocco.engine.constrain.core.CharState;
import org.jspecify.annotations.Nullable;

/** A state of several automata that read the same text; it lives as long as one of them does. */
public final class VectorState implements CharState {

  private static final int ASCII = 128;

  private final Dfa dfa;
  private final @Nullable DfaState[] parts;
  private final @Nullable CharState[] ascii = new CharState[ASCII];
  private final boolean[] asciiKnown = new boolean[ASCII];

  VectorState(Dfa dfa, @Nullable DfaState[] parts) {
    this.dfa = dfa;
    this.parts = parts.clone();
  }

  /**
   * Whether language {@code i} of those read at once accepts the text that leads to {@code state}.
   */
  public static boolean accepts(CharState state, int i) {
    if (state instanceof VectorState v) {
      DfaState part = v.parts[i];
      return part != null && part.accepting();
    }
    return i == 0 && state.accepting();
  }

  @Override
  public @Nullable CharState next(int c) {
    if (c >= ASCII) {
      return compute(c);
    }
    if (!asciiKnown[c]) {
      ascii[c] = compute(c);
      asciiKnown[c] = true;
    }
    return ascii[c];
  }

  private @Nullable CharState compute(int c) {
    @Nullable DfaState[] next = new DfaState[parts.length];
    for (int i = 0; i < next.length; i++) {
      DfaState part = parts[i];
      next[i] = part == null ? null : part.next(c);
    }
    return dfa.vector(next);
  }

  @Override
  public boolean anyNext(int first, int last) {
    for (DfaState part : parts) {
      if (part != null && part.anyNext(first, last)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean accepting() {
    for (DfaState part : parts) {
      if (part != null && part.accepting()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int safeRun() {
    int longest = 0;
    for (DfaState part : parts) {
      if (part != null) {
        int run = part.safeRun();
        if (run == 0 && part.anyNext(' ', CharSet.MAX)) {
          return 0;
        }
        longest = Math.max(longest, run);
      }
    }
    return longest;
  }

  @Override
  public boolean free() {
    for (DfaState part : parts) {
      if (part != null && !part.free()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long loops() {
    long kinds = ~CharKinds.OTHER_BYTES;
    for (DfaState part : parts) {
      kinds &= part == null ? kinds : part.loops();
    }
    return kinds;
  }
}
