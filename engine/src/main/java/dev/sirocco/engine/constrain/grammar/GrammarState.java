package dev.sirocco.engine.constrain.grammar;

import dev.sirocco.engine.constrain.core.CharKinds;
import dev.sirocco.engine.constrain.core.CharState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A state of a {@link GrammarAutomaton}; equal states are the same object. */
final class GrammarState implements CharState {

  private static final int ASCII = 128;

  private final GrammarAutomaton automaton;
  private final Map<Integer, Stack> nodes;
  private final boolean accepting;
  private final @Nullable GrammarState[] ascii = new GrammarState[ASCII];
  private final boolean[] asciiKnown = new boolean[ASCII];

  GrammarState(GrammarAutomaton automaton, Map<Integer, Stack> nodes, boolean accepting) {
    this.automaton = automaton;
    this.nodes = nodes;
    this.accepting = accepting;
  }

  @Override
  public @Nullable CharState next(int c) {
    if (c >= ASCII) {
      return automaton.next(nodes, c);
    }
    if (!asciiKnown[c]) {
      ascii[c] = automaton.next(nodes, c);
      asciiKnown[c] = true;
    }
    return ascii[c];
  }

  @Override
  public boolean anyNext(int first, int last) {
    return automaton.anyNext(nodes, first, last);
  }

  @Override
  public boolean accepting() {
    return accepting;
  }

  @Override
  public int safeRun() {
    return 0;
  }

  @Override
  public boolean free() {
    return false;
  }

  @Override
  public long loops() {
    return CharKinds.NONE;
  }
}
