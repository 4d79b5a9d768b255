package dev.sirocco.engine.constrain.grammar;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.CharSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A grammar as a recursive transition network (Woods 1970): each rule is a graph from its start to
 * its end, whose edges read a character, follow another rule, or nothing.
 */
final class Network {

  private static final int MOST_NODES = 200_000;

  /** An edge that reads a character of {@code set}. */
  record CharEdge(CharSet set, int target) {}

  /** An edge that follows rule {@code rule} and goes on at {@code target}. */
  record CallEdge(int rule, int target) {}

  /** A point in a rule. */
  static final class Node {
    final int rule;
    final List<CharEdge> chars = new ArrayList<>();
    final List<CallEdge> calls = new ArrayList<>();
    final List<Integer> empties = new ArrayList<>();

    Node(int rule) {
      this.rule = rule;
    }
  }

  private final List<Node> nodes = new ArrayList<>();
  private final List<String> names;
  private final int[] starts;
  private final int[] ends;

  Network(Map<String, Expression> rules) {
    names = List.copyOf(rules.keySet());
    starts = new int[names.size()];
    ends = new int[names.size()];
    Map<String, Integer> numbers = new LinkedHashMap<>();
    names.forEach(name -> numbers.put(name, numbers.size()));
    for (int r = 0; r < names.size(); r++) {
      starts[r] = add(r);
      Expression expression = rules.get(names.get(r));
      if (expression != null) {
        ends[r] = build(expression, starts[r], r, numbers);
      }
    }
  }

  private int add(int rule) {
    if (nodes.size() >= MOST_NODES) {
      throw new ConstraintException(
          "rule '%s': the grammar needs more than %,d states; use smaller repetitions"
              .formatted(names.get(rule), MOST_NODES));
    }
    nodes.add(new Node(rule));
    return nodes.size() - 1;
  }

  // Adds the graph of an expression behind node from; returns its last node.
  private int build(Expression expression, int from, int rule, Map<String, Integer> numbers) {
    return switch (expression) {
      case Expression.One one -> {
        int to = add(rule);
        nodes.get(from).chars.add(new CharEdge(one.set(), to));
        yield to;
      }
      case Expression.Reference reference -> {
        Integer callee = numbers.get(reference.rule());
        if (callee == null) {
          throw new ConstraintException(
              "rule '%s' refers to '%s', which is not defined"
                  .formatted(names.get(rule), reference.rule()));
        }
        int to = add(rule);
        nodes.get(from).calls.add(new CallEdge(callee, to));
        yield to;
      }
      case Expression.Sequence sequence -> {
        int at = from;
        for (Expression part : sequence.parts()) {
          at = build(part, at, rule, numbers);
        }
        yield at;
      }
      case Expression.Choice choice -> {
        int to = add(rule);
        for (Expression part : choice.parts()) {
          int start = add(rule);
          nodes.get(from).empties.add(start);
          nodes.get(build(part, start, rule, numbers)).empties.add(to);
        }
        yield to;
      }
      case Expression.Repetition repetition -> repeat(repetition, from, rule, numbers);
    };
  }

  private int repeat(
      Expression.Repetition repetition, int from, int rule, Map<String, Integer> numbers) {
    int at = from;
    for (int i = 0; i < repetition.min(); i++) {
      at = build(repetition.body(), at, rule, numbers);
    }
    int to = add(rule);
    nodes.get(at).empties.add(to);
    if (repetition.max() == Integer.MAX_VALUE) {
      int loop = add(rule);
      nodes.get(at).empties.add(loop);
      int end = build(repetition.body(), loop, rule, numbers);
      nodes.get(end).empties.add(loop);
      nodes.get(end).empties.add(to);
    } else {
      for (int i = repetition.min(); i < repetition.max(); i++) {
        at = build(repetition.body(), at, rule, numbers);
        nodes.get(at).empties.add(to);
      }
    }
    return to;
  }

  int ruleCount() {
    return names.size();
  }

  String name(int rule) {
    return names.get(rule);
  }

  /** Number of the rule called {@code name}, -1 if there is none. */
  int rule(String name) {
    return names.indexOf(name);
  }

  int start(int rule) {
    return starts[rule];
  }

  int end(int rule) {
    return ends[rule];
  }

  int size() {
    return nodes.size();
  }

  Node node(int i) {
    return nodes.get(i);
  }
}
