package dev.sirocco.engine.constrain.grammar;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a network's rules can do: which may match the empty text, which nodes lead to their rule's
 * end, and in which order rules call each other before reading anything.
 */
final class NetworkAnalysis {

  private final Network network;
  private final boolean[] nullable;
  private final BitSet live;
  private final List<Integer> callOrder = new ArrayList<>();

  /**
   * @throws ConstraintException if a rule is left-recursive or the root matches nothing
   */
  NetworkAnalysis(Network network, int root) {
    this.network = network;
    this.live = findLive();
    if (!live.get(network.start(root))) {
      throw new ConstraintException(
          "rule '%s' matches no finite text; give it an alternative without recursion"
              .formatted(network.name(root)));
    }
    this.nullable = findNullable();
    orderCalls();
  }

  /** Whether {@code rule} matches the empty text. */
  boolean nullable(int rule) {
    return nullable[rule];
  }

  /** Whether the end of its rule can be reached from {@code node}. */
  boolean live(int node) {
    return live.get(node);
  }

  /** The rules, each before those that it may begin with. */
  List<Integer> callOrder() {
    return callOrder;
  }

  // Backwards from the ends until nothing changes; a call needs a callee whose start is live.
  private BitSet findLive() {
    BitSet found = new BitSet(network.size());
    for (int r = 0; r < network.ruleCount(); r++) {
      found.set(network.end(r));
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int n = network.size() - 1; n >= 0; n--) {
        if (!found.get(n) && leadsTo(network.node(n), found)) {
          found.set(n);
          changed = true;
        }
      }
    }
    return found;
  }

  private boolean leadsTo(Network.Node node, BitSet found) {
    return node.empties.stream().anyMatch(found::get)
        || node.chars.stream().anyMatch(e -> !e.set().isEmpty() && found.get(e.target()))
        || node.calls.stream()
            .anyMatch(e -> found.get(network.start(e.rule())) && found.get(e.target()));
  }

  private boolean[] findNullable() {
    boolean[] result = new boolean[network.ruleCount()];
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int r = 0; r < result.length; r++) {
        if (!result[r] && reachable(r, result).get(network.end(r))) {
          result[r] = true;
          changed = true;
        }
      }
    }
    return result;
  }

  // The nodes that are reached from the start of a rule without reading anything.
  private BitSet reachable(int rule, boolean[] empty) {
    BitSet seen = new BitSet();
    Deque<Integer> open = new ArrayDeque<>();
    open.add(network.start(rule));
    while (!open.isEmpty()) {
      int n = open.remove();
      if (live.get(n) && !seen.get(n)) {
        seen.set(n);
        open.addAll(network.node(n).empties);
        for (Network.CallEdge call : network.node(n).calls) {
          if (empty[call.rule()]) {
            open.add(call.target());
          }
        }
      }
    }
    return seen;
  }

  private void orderCalls() {
    List<BitSet> callees = new ArrayList<>();
    int[] callers = new int[network.ruleCount()];
    for (int r = 0; r < network.ruleCount(); r++) {
      BitSet called = new BitSet();
      reachable(r, nullable).stream()
          .forEach(n -> network.node(n).calls.forEach(c -> called.set(c.rule())));
      called.stream().forEach(c -> callers[c]++);
      callees.add(called);
    }
    Deque<Integer> ready = new ArrayDeque<>();
    for (int r = 0; r < callers.length; r++) {
      if (callers[r] == 0) {
        ready.add(r);
      }
    }
    while (!ready.isEmpty()) {
      int r = ready.remove();
      callOrder.add(r);
      callees.get(r).stream()
          .forEach(
              c -> {
                if (--callers[c] == 0) {
                  ready.add(c);
                }
              });
    }
    if (callOrder.size() < callers.length) {
      throw leftRecursion(callees, callers);
    }
  }

  // What is left over leads back to itself: follow it until a rule comes again.
  private ConstraintException leftRecursion(List<BitSet> callees, int[] callers) {
    int rule = 0;
    while (callers[rule] == 0) {
      rule++;
    }
    List<Integer> path = new ArrayList<>();
    while (!path.contains(rule)) {
      path.add(rule);
      int from = rule;
      rule =
          IntStream.range(0, callers.length)
              .filter(c -> callers[c] > 0 && callees.get(c).get(from))
              .findFirst()
              .orElse(from);
    }
    List<Integer> circle = new ArrayList<>(path.subList(path.indexOf(rule), path.size()));
    String names = String.join(" → ", circle.reversed().stream().map(network::name).toList());
    return new ConstraintException(
        "the grammar is left-recursive: %s → %s; write it as a repetition"
            .formatted(names, network.name(circle.getLast())));
  }
}
