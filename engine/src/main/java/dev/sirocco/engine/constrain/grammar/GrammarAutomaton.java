package dev.sirocco.engine.constrain.grammar;

import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.Work;
import dev.sirocco.engine.constrain.regex.CharSet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows a context-free grammar character by character. All ways to read the text go along
 * together, as nodes of the {@link Network} with {@link Stack stacks}; ways that are at the same
 * node share one stack. Grammars in which a rule can begin with itself are refused. Not
 * thread-safe.
 */
public final class GrammarAutomaton {

  /** Ways to read the text that are kept in memory, some 50 bytes each. */
  private static final int MOST_WAYS = 2_000_000;

  private final Network network;
  private final NetworkAnalysis analysis;
  private final int root;
  private final Work work = new Work();
  private final Map<Set<Stack.Top>, Stack> stacks = new HashMap<>();
  private final Map<Key, GrammarState> states = new HashMap<>();
  private int kept;
  private final Stack bottom = stack(Set.of(new Stack.Top(Stack.Top.END, null)));

  /**
   * @throws ConstraintException if the grammar is wrong, too large, left-recursive, without a rule
   *     {@code root}, or matches nothing
   */
  public GrammarAutomaton(String grammar) {
    network = new Network(GbnfParser.parse(grammar));
    root = network.rule("root");
    if (root < 0) {
      throw new ConstraintException("the grammar has no rule 'root'; name the first rule so");
    }
    analysis = new NetworkAnalysis(network, root);
  }

  /** Ways to read the text, in the states and stacks made so far. */
  public int size() {
    return kept;
  }

  /** The work done on states and stacks. */
  public Work work() {
    return work;
  }

  /** Before the first character. */
  public CharState start() {
    Set<Way> ways = new LinkedHashSet<>();
    for (int n : beginning(network.start(root))) {
      ways.add(new Way(n, bottom));
    }
    return state(merge(ways), analysis.nullable(root));
  }

  private record Key(Map<Integer, Stack> nodes, boolean accepting) {}

  // A way to read the text: a node, and where its rule goes on when it ends.
  private record Way(int node, Stack stack) {}

  // Counts steps of following a rule.
  private void spend(int rule, long steps) {
    try {
      work.spend(steps);
    } catch (ConstraintException e) {
      throw e.at("rule '%s'".formatted(network.name(rule)));
    }
  }

  private Stack stack(int rule, Set<Stack.Top> tops) {
    spend(rule, tops.size());
    return stack(tops);
  }

  private Stack stack(Set<Stack.Top> tops) {
    Stack known = stacks.get(tops);
    if (known != null) {
      return known;
    }
    keep(tops.size());
    Stack stack = new Stack(stacks.size(), tops);
    stacks.put(tops, stack);
    return stack;
  }

  // Counts ways that stay in memory.
  private void keep(int more) {
    kept += 1 + more;
    if (kept > MOST_WAYS) {
      throw new ConstraintException(
          "the grammar can be read in too many ways: following the text keeps more than %,d of them; use fewer alternatives that begin alike"
              .formatted(MOST_WAYS));
    }
  }

  /** The state after {@code c}, or null. */
  @Nullable GrammarState next(Map<Integer, Stack> from, int c) {
    Set<Way> ways = new LinkedHashSet<>();
    Deque<Way> open = new ArrayDeque<>();
    from.forEach(
        (n, stack) -> {
          for (Network.CharEdge edge : network.node(n).chars) {
            if (analysis.live(edge.target()) && edge.set().contains(c)) {
              open.add(new Way(edge.target(), stack));
            }
          }
        });
    boolean accepting = false;
    while (!open.isEmpty()) {
      Way way = open.remove();
      if (analysis.live(way.node) && ways.add(way)) {
        accepting |= goOn(way, open);
      }
    }
    return ways.isEmpty() ? null : state(merge(ways), accepting);
  }

  // To what follows without reading: behind rules that may be empty, and out of a rule at its end.
  // Returns whether the text may end.
  private boolean goOn(Way way, Deque<Way> open) {
    Network.Node node = network.node(way.node);
    spend(node.rule, 1 + way.stack.tops().size());
    boolean accepting = false;
    node.empties.forEach(n -> open.add(new Way(n, way.stack)));
    for (Network.CallEdge call : node.calls) {
      if (analysis.nullable(call.rule())) {
        open.add(new Way(call.target(), way.stack));
      }
    }
    if (way.node == network.end(node.rule)) {
      for (Stack.Top top : way.stack.tops()) {
        Stack rest = top.rest();
        if (rest == null) {
          accepting = true;
        } else {
          open.add(new Way(top.returnTo(), rest));
        }
      }
    }
    return accepting;
  }

  // One stack for each node: the union of those of all ways that are there.
  private Map<Integer, Stack> merge(Set<Way> ways) {
    Map<Integer, Set<Stack.Top>> tops = new LinkedHashMap<>();
    for (Way way : ways) {
      tops.computeIfAbsent(way.node, k -> new HashSet<>()).addAll(way.stack.tops());
    }
    Map<Integer, Stack> merged = new LinkedHashMap<>();
    tops.forEach((n, t) -> merged.put(n, stack(network.node(n).rule, Set.copyOf(t))));
    enterRules(merged);
    return merged;
  }

  // Enters the rules that are called, callers before callees so that each is entered once.
  private void enterRules(Map<Integer, Stack> merged) {
    Map<Integer, Set<Stack.Top>> entered = new HashMap<>();
    merged.forEach((n, stack) -> call(n, stack, entered));
    for (int rule : analysis.callOrder()) {
      Set<Stack.Top> tops = entered.get(rule);
      if (tops != null) {
        Stack stack = stack(rule, Set.copyOf(tops));
        for (int n : beginning(network.start(rule))) {
          merged.merge(n, stack, (a, b) -> union(rule, a, b));
          call(n, stack, entered);
        }
      }
    }
  }

  private Stack union(int rule, Stack a, Stack b) {
    Set<Stack.Top> tops = new HashSet<>(a.tops());
    tops.addAll(b.tops());
    return stack(rule, Set.copyOf(tops));
  }

  private void call(int node, Stack stack, Map<Integer, Set<Stack.Top>> entered) {
    Network.Node from = network.node(node);
    spend(from.rule, 1 + from.calls.size());
    for (Network.CallEdge call : from.calls) {
      if (analysis.live(call.target()) && analysis.live(network.start(call.rule()))) {
        entered
            .computeIfAbsent(call.rule(), k -> new HashSet<>())
            .add(new Stack.Top(call.target(), stack));
      }
    }
  }

  // The nodes that are reached from a rule's start without reading, other than out of the rule.
  private Set<Integer> beginning(int start) {
    Set<Integer> seen = new LinkedHashSet<>();
    Deque<Integer> open = new ArrayDeque<>();
    open.add(start);
    while (!open.isEmpty()) {
      int n = open.remove();
      if (analysis.live(n) && seen.add(n)) {
        open.addAll(network.node(n).empties);
        for (Network.CallEdge call : network.node(n).calls) {
          if (analysis.nullable(call.rule())) {
            open.add(call.target());
          }
        }
      }
    }
    return seen;
  }

  private GrammarState state(Map<Integer, Stack> merged, boolean accepting) {
    merged.keySet().removeIf(n -> network.node(n).chars.isEmpty());
    Map<Integer, Stack> nodes = Map.copyOf(merged);
    Key key = new Key(nodes, accepting);
    GrammarState known = states.get(key);
    if (known != null) {
      return known;
    }
    keep(nodes.size());
    GrammarState state = new GrammarState(this, nodes, accepting);
    states.put(key, state);
    return state;
  }

  /** Whether one of the characters may come next. */
  boolean anyNext(Map<Integer, Stack> from, int first, int last) {
    CharSet range = CharSet.range(first, last);
    return from.keySet().stream()
        .flatMap(n -> network.node(n).chars.stream())
        .anyMatch(e -> analysis.live(e.target()) && !e.set().and(range).isEmpty());
  }
}
