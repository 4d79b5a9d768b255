package dev.sirocco.engine.constrain.regex;

import dev.sirocco.engine.constrain.core.CharKinds;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.SafeChars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** A state of a {@link Dfa}: an expression whose texts are what may still come. */
public final class DfaState implements CharState {

  /** Whether an accepted text can be reached. */
  enum Verdict {
    UNKNOWN,
    LIVE,
    DEAD
  }

  private static final int ASCII = 128;

  private static final CharSet SAFE = CharSet.matching(SafeChars::contains);

  private final Dfa dfa;
  private final Regex regex;
  Verdict verdict = Verdict.UNKNOWN;

  // Character c leads to targets[i] where starts[i] <= c < starts[i + 1].
  private int @Nullable [] starts;
  private DfaState[] targets = {};
  private @Nullable DfaState @Nullable [] ascii;
  private int safeRun = -1;
  private long loops;
  private boolean loopsKnown;

  DfaState(Dfa dfa, Regex regex) {
    this.dfa = dfa;
    this.regex = regex;
  }

  Regex regex() {
    return regex;
  }

  @Override
  public boolean accepting() {
    return regex.nullable();
  }

  @Override
  public boolean free() {
    return regex == RegexPool.ANY;
  }

  @Override
  public @Nullable DfaState next(int c) {
    if (c < ASCII) {
      @Nullable DfaState[] table = ascii;
      return (table == null ? asciiTable() : table)[c];
    }
    int at = Arrays.binarySearch(expand(), c);
    return live(targets[at >= 0 ? at : -at - 2]);
  }

  @Override
  public boolean anyNext(int first, int last) {
    int[] from = expand();
    int at = Arrays.binarySearch(from, first);
    for (int i = at >= 0 ? at : -at - 2; i < from.length && from[i] <= last; i++) {
      if (dfa.isLive(targets[i])) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int safeRun() {
    if (safeRun < 0) {
      safeRun = countSafeRun();
    }
    return safeRun;
  }

  // Follows the one state to which all safe characters lead.
  private int countSafeRun() {
    DfaState state = this;
    for (int run = 0; run < SafeChars.LONGEST_RUN; run++) {
      Set<DfaState> next = state.afterSafe();
      if (next.size() != 1) {
        return 0;
      }
      DfaState target = next.iterator().next();
      if (!dfa.isLive(target)) {
        return run;
      }
      if (target == state) {
        return SafeChars.LONGEST_RUN;
      }
      if (target.safeRun >= 0) {
        return target.safeRun == 0 && target.afterSafe().size() != 1
            ? 0
            : Math.min(SafeChars.LONGEST_RUN, run + 1 + target.safeRun);
      }
      state = target;
    }
    return SafeChars.LONGEST_RUN;
  }

  private Set<DfaState> afterSafe() {
    Set<DfaState> result = new LinkedHashSet<>();
    int[] from = expand();
    for (int i = 0; i < from.length && result.size() < 2; i++) {
      int end = i + 1 < from.length ? from[i + 1] - 1 : CharSet.MAX;
      if (!CharSet.range(from[i], end).and(SAFE).isEmpty()) {
        result.add(dfa.isLive(targets[i]) ? targets[i] : dfa.state(Regex.NOTHING));
      }
    }
    return result;
  }

  /** The distinct states after one character, dead ones as well. */
  List<DfaState> successors() {
    expand();
    return new ArrayList<>(new LinkedHashSet<>(Arrays.asList(targets)));
  }

  /** Calls {@code action} for at most {@code limit} characters of each interval. */
  void forEachChar(int limit, ObjIntConsumer<DfaState> action) {
    int[] from = expand();
    for (int i = 0; i < from.length; i++) {
      DfaState target = live(targets[i]);
      if (target != null) {
        int end = i + 1 < from.length ? from[i + 1] : CharSet.MAX + 1;
        for (int c = from[i]; c < end && c < from[i] + limit; c++) {
          action.accept(target, c);
        }
      }
    }
  }

  private @Nullable DfaState live(DfaState state) {
    return dfa.isLive(state) ? state : null;
  }

  private int[] expand() {
    int[] known = starts;
    return known == null ? computeTargets() : known;
  }

  private int[] computeTargets() {
    FirstChars.Intervals intervals = FirstChars.of(regex);
    dfa.pool().work().spend(intervals.cost());
    DfaState[] byClass = new DfaState[intervals.classCount()];
    DfaState[] found = new DfaState[intervals.starts().length];
    for (int i = 0; i < found.length; i++) {
      int c = intervals.classes()[i];
      if (byClass[c] == null) {
        byClass[c] = dfa.state(dfa.pool().derivative(regex, intervals.starts()[i]));
      }
      found[i] = byClass[c];
    }
    targets = found;
    starts = intervals.starts();
    return intervals.starts();
  }

  private @Nullable DfaState[] asciiTable() {
    int[] from = expand();
    @Nullable DfaState[] table = new DfaState[ASCII];
    for (int i = 0; i < from.length && from[i] < ASCII; i++) {
      int end = Math.min(ASCII, i + 1 < from.length ? from[i + 1] : ASCII);
      Arrays.fill(table, from[i], end, live(targets[i]));
    }
    ascii = table;
    return table;
  }

  @Override
  public long loops() {
    if (!loopsKnown) {
      loops = computeLoops();
      loopsKnown = true;
    }
    return loops;
  }

  private long computeLoops() {
    long elsewhere = CharKinds.OTHER_BYTES;
    int[] from = expand();
    for (int i = 0; i < from.length; i++) {
      if (targets[i] != this) {
        int end = i + 1 < from.length ? from[i + 1] - 1 : CharSet.MAX;
        elsewhere |= CharKinds.ofRange(from[i], end);
      }
    }
    return ~elsewhere;
  }
}
