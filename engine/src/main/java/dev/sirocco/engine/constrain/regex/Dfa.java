package dev.sirocco.engine.constrain.regex;

import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The deterministic automaton of expressions: its states are their derivatives, made when they are
 * first reached. Not thread-safe.
 */
public final class Dfa {

  /** States that a search for an accepted text may look at. */
  private static final int SEARCH_LIMIT = 20_000;

  /** States that {@link #mayRunOut} may look at. */
  private static final int RUN_OUT_LIMIT = 300;

  private final RegexPool pool;
  private final Map<Regex, DfaState> states = new HashMap<>();
  private final Map<List<@Nullable DfaState>, VectorState> vectors = new HashMap<>();
  private boolean sealed;

  public Dfa(RegexPool pool) {
    this.pool = pool;
  }

  public RegexPool pool() {
    return pool;
  }

  /** States made so far. */
  public int size() {
    return states.size() + vectors.size();
  }

  /**
   * From now on a search that takes too long counts as having found nothing instead of failing:
   * then a text may not go on in a way that is possible, but never in one that leads nowhere.
   */
  public void seal() {
    sealed = true;
  }

  /**
   * The state before the first character, or null if the language is empty.
   *
   * @throws ConstraintException if this takes too long to find out
   */
  public @Nullable DfaState start(Regex regex) {
    DfaState state = state(regex);
    return isLive(state) ? state : null;
  }

  /**
   * The state before the first character of several languages read at once; null if all are empty.
   */
  public @Nullable CharState start(List<Regex> regexes) {
    return vector(regexes.stream().map(this::start).toArray(DfaState[]::new));
  }

  /** Whether the language has no text. */
  public boolean isEmpty(Regex regex) {
    return start(regex) == null;
  }

  DfaState state(Regex regex) {
    return states.computeIfAbsent(regex, r -> new DfaState(this, r));
  }

  @Nullable CharState vector(@Nullable DfaState[] parts) {
    List<@Nullable DfaState> key = Arrays.asList(parts);
    if (key.stream().allMatch(p -> p == null)) {
      return null;
    }
    if (parts.length == 1) {
      return parts[0];
    }
    return vectors.computeIfAbsent(key, k -> new VectorState(this, parts));
  }

  /** Whether an accepted text can be reached. */
  boolean isLive(DfaState state) {
    if (state.verdict == DfaState.Verdict.UNKNOWN) {
      state.verdict = state.regex().positive() ? verdictOfPositive(state) : search(state);
    }
    return state.verdict == DfaState.Verdict.LIVE;
  }

  private static DfaState.Verdict verdictOfPositive(DfaState state) {
    return state.regex() == Regex.NOTHING ? DfaState.Verdict.DEAD : DfaState.Verdict.LIVE;
  }

  // Depth first; what is on the path to an accepted text is live, what was seen in vain is dead.
  private DfaState.Verdict search(DfaState start) {
    Set<DfaState> seen = new HashSet<>();
    Deque<DfaState> path = new ArrayDeque<>();
    Deque<Deque<DfaState>> open = new ArrayDeque<>();
    path.push(start);
    open.push(new ArrayDeque<>(List.of(start)));
    while (!open.isEmpty()) {
      DfaState state = open.element().poll();
      if (state == null) {
        open.pop();
        path.pop();
      } else if (found(state)) {
        path.forEach(s -> s.verdict = DfaState.Verdict.LIVE);
        state.verdict = DfaState.Verdict.LIVE;
        start.verdict = DfaState.Verdict.LIVE;
        return DfaState.Verdict.LIVE;
      } else if (state.verdict != DfaState.Verdict.DEAD && seen.add(state)) {
        if (seen.size() > SEARCH_LIMIT) {
          return giveUp();
        }
        path.push(state);
        open.push(new ArrayDeque<>(state.successors()));
      }
    }
    seen.forEach(s -> s.verdict = DfaState.Verdict.DEAD);
    return DfaState.Verdict.DEAD;
  }

  private static boolean found(DfaState state) {
    return state.accepting()
        || state.verdict == DfaState.Verdict.LIVE
        || (state.regex().positive() && state.regex() != Regex.NOTHING);
  }

  private DfaState.Verdict giveUp() {
    if (sealed) {
      return DfaState.Verdict.DEAD;
    }
    throw new ConstraintException(
        ("the patterns, lengths and ranges of one value are too entangled: no text that satisfies"
                + " them was found among %,d states; simplify them")
            .formatted(SEARCH_LIMIT));
  }

  /**
   * Whether some beginning of a text of the language has only finitely many continuations; also
   * true if this takes long to find out.
   */
  public boolean mayRunOut(Regex regex) {
    DfaState start = start(regex);
    Map<DfaState, List<DfaState>> successors = new LinkedHashMap<>();
    Deque<DfaState> open = new ArrayDeque<>();
    if (start != null) {
      open.add(start);
    }
    while (!open.isEmpty()) {
      DfaState state = open.remove();
      if (!successors.containsKey(state)) {
        if (successors.size() > RUN_OUT_LIMIT) {
          return true;
        }
        List<DfaState> live = state.successors().stream().filter(this::isLive).toList();
        successors.put(state, live);
        open.addAll(live);
      }
    }
    // Otherwise every state leads on to another, of which there are finitely many: it can circle.
    return successors.values().stream().anyMatch(List::isEmpty);
  }

  /** Up to {@code limit} texts of the language, short ones first; fewer if it has fewer. */
  public List<String> shortest(Regex regex, int limit) {
    List<String> found = new ArrayList<>();
    Deque<Map.Entry<String, DfaState>> queue = new ArrayDeque<>();
    DfaState start = start(regex);
    if (start != null) {
      queue.add(Map.entry("", start));
    }
    while (!queue.isEmpty() && found.size() < limit && queue.size() < SEARCH_LIMIT) {
      Map.Entry<String, DfaState> entry = queue.remove();
      if (entry.getValue().accepting()) {
        found.add(entry.getKey());
      }
      entry
          .getValue()
          .forEachChar(
              limit,
              (next, c) -> queue.add(Map.entry(entry.getKey() + Character.toString(c), next)));
    }
    return found;
  }
}
