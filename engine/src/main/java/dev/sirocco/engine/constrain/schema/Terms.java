package dev.sirocco.engine.constrain.schema;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Makes nodes and terms, each once. Not thread-safe. */
final class Terms {

  private final Term truth = new Term(List.of());
  private final Term falsehood = new Term(List.of(new SchemaNode.Negation(0, truth)));
  private final Map<List<Integer>, Term> terms = new HashMap<>();
  private final IdentityHashMap<JsonNode, Term> written = new IdentityHashMap<>();
  private final Map<JsonNode, Term> constants = new HashMap<>();
  private final Map<Term, Term> negations = new HashMap<>();
  private int nextId = 1;

  /** What every value satisfies. */
  Term truth() {
    return truth;
  }

  /** What no value satisfies. */
  Term falsehood() {
    return falsehood;
  }

  Term written(JsonNode json, String location, URI base) {
    if (json.isBoolean()) {
      return json.booleanValue() ? truth : falsehood;
    }
    if (json.isObject() && json.isEmpty()) {
      return truth;
    }
    return written.computeIfAbsent(
        json, k -> single(new SchemaNode.Written(nextId++, json, location, base)));
  }

  Term constant(JsonNode value) {
    return constants.computeIfAbsent(value, k -> single(new SchemaNode.Constant(nextId++, value)));
  }

  Term not(Term term) {
    if (term == truth || term == falsehood) {
      return term == truth ? falsehood : truth;
    }
    if (term.nodes().size() == 1 && term.nodes().getFirst() instanceof SchemaNode.Negation n) {
      return n.term();
    }
    return negations.computeIfAbsent(term, k -> single(new SchemaNode.Negation(nextId++, term)));
  }

  Term and(Term a, Term b) {
    if (a == truth || b == falsehood || a == b) {
      return b;
    }
    if (b == truth || a == falsehood) {
      return a;
    }
    TreeSet<SchemaNode> nodes = new TreeSet<>(Comparator.comparingInt(SchemaNode::id));
    nodes.addAll(a.nodes());
    nodes.addAll(b.nodes());
    for (SchemaNode node : nodes) {
      if (node instanceof SchemaNode.Negation n && nodes.containsAll(n.term().nodes())) {
        return falsehood;
      }
    }
    return intern(new ArrayList<>(nodes));
  }

  private Term single(SchemaNode node) {
    return intern(List.of(node));
  }

  private Term intern(List<SchemaNode> nodes) {
    return terms.computeIfAbsent(nodes.stream().map(SchemaNode::id).toList(), k -> new Term(nodes));
  }
}
