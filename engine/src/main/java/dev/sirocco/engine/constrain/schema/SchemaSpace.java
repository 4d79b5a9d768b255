package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A compiled JSON Schema: its terms and their forms. Everything that can be reached from the root
 * has been worked out once, so that nothing is refused later. Not thread-safe.
 */
public final class SchemaSpace {

  private static final int MOST_TERMS = 20_000;

  private final Dfa dfa = new Dfa(new RegexPool());
  private final Terms terms = new Terms();
  private final Normalizer normalizer;
  private final Term root;
  private final Satisfiability satisfiability = new Satisfiability(this);
  private final Map<Term, ValueForm> forms = new HashMap<>();
  private final Map<ArrayShape, ArrayPlan> arrayPlans = new HashMap<>();
  private final Map<List<ObjectShape>, ObjectPlan> objectPlans = new HashMap<>();
  private final Comparator<Regex> order = new FirstSeen();

  private static final class FirstSeen implements Comparator<Regex> {
    private final Map<Regex, Integer> numbers = new HashMap<>();

    @Override
    public int compare(Regex a, Regex b) {
      return Integer.compare(number(a), number(b));
    }

    private int number(Regex regex) {
      return numbers.computeIfAbsent(regex, r -> numbers.size());
    }
  }

  /**
   * Compiles {@code schema}.
   *
   * @throws ConstraintException if it is wrong, too large, asks for something that would not be
   *     enforced exactly, or no value satisfies it
   */
  public SchemaSpace(JsonNode schema) {
    SchemaDocument document = new SchemaDocument(schema);
    normalizer = new Normalizer(document, terms, dfa);
    root = terms.written(schema, "#", document.rootBase());
    explore();
    if (!satisfiable(root)) {
      throw new ConstraintException("#: the schema admits no value at all");
    }
    dfa.seal();
  }

  private void explore() {
    Set<Term> seen = new HashSet<>();
    Deque<Term> open = new ArrayDeque<>();
    open.add(root);
    while (!open.isEmpty()) {
      Term term = open.remove();
      if (seen.add(term)) {
        if (seen.size() > MOST_TERMS) {
          throw new ConstraintException(
              "#: the schema expands to more than %,d different schemas; simplify it"
                  .formatted(MOST_TERMS));
        }
        open.addAll(term.located(() -> children(form(term))));
      }
    }
  }

  private List<Term> children(ValueForm form) {
    List<Term> result = new ArrayList<>();
    for (ArrayPlan plan : form.arrays()) {
      ArrayShape shape = plan.shape();
      for (int i = 0; i <= shape.prefix().size() && i < plan.maxItems(); i++) {
        result.add(shape.item(i));
        for (ArrayShape.Contains c : shape.contains()) {
          result.add(plan.matching(i, c));
          if (c.max() < ArrayShape.UNBOUNDED) {
            result.add(plan.avoiding(i, c));
          }
        }
      }
    }
    for (ObjectShape shape : form.objects()) {
      ObjectPlan plan = plan(List.of(shape));
      List<Term> values = new ArrayList<>();
      plan.possibleNames(0).stream().forEach(i -> values.add(plan.nameTerm(0, i)));
      for (int k = 0; k < plan.kindCount(); k++) {
        values.add(plan.kindTerm(0, k));
      }
      for (ObjectShape.Exists exists : shape.exists()) {
        result.addAll(values.stream().map(v -> and(v, exists.term())).toList());
      }
      result.addAll(values);
    }
    return result;
  }

  /** What the whole text satisfies. */
  public Term root() {
    return root;
  }

  public Dfa dfa() {
    return dfa;
  }

  Terms terms() {
    return terms;
  }

  Term and(Term a, Term b) {
    return terms.and(a, b);
  }

  Term not(Term term) {
    return terms.not(term);
  }

  NormalForm normalForm(Term term) {
    return normalizer.of(term);
  }

  /** Whether some value satisfies {@code term}. */
  public boolean satisfiable(Term term) {
    return term == terms.truth() || satisfiability.of(term);
  }

  /** The values that satisfy {@code term}. */
  public ValueForm form(Term term) {
    ValueForm form = forms.get(term);
    if (form == null) {
      form = compute(normalForm(term));
      forms.put(term, form);
    }
    return form;
  }

  private ValueForm compute(NormalForm form) {
    return new ValueForm(
        (form.literals() & NormalForm.NULL) != 0,
        (form.literals() & NormalForm.FALSE) != 0,
        (form.literals() & NormalForm.TRUE) != 0,
        form.numbers().writings(dfa.pool()),
        form.strings(),
        form.arrays().stream()
            .filter(satisfiability::array)
            .map(this::plan)
            .collect(Collectors.toList()),
        form.objects().stream()
            .filter(satisfiability::object)
            .filter(this::isFollowed)
            .collect(Collectors.toList()));
  }

  /** The scalars that satisfy {@code term} and are none of {@code taken}, by {@link ScalarKey}. */
  public ValueForm formWithout(Term term, Set<String> taken) {
    return ScalarKey.without(dfa.pool(), normalizer.ranges(), normalForm(term), taken);
  }

  ArrayPlan plan(ArrayShape shape) {
    ArrayPlan plan = arrayPlans.get(shape);
    if (plan == null) {
      plan = new ArrayPlan(shape, this);
      plan.check();
      arrayPlans.put(shape, plan);
    }
    return plan;
  }

  private boolean isFollowed(ObjectShape shape) {
    if (shape.exists().size() > 1 && !plan(List.of(shape)).alwaysFinds(0)) {
      throw new ConstraintException(
          "several properties that must exist, by \"not\" or \"oneOf\", are not enforced where names"
              + " run out");
    }
    return true;
  }

  /** The plan for objects that are in one of {@code shapes}. */
  public ObjectPlan plan(List<ObjectShape> shapes) {
    ObjectPlan plan = objectPlans.get(shapes);
    if (plan == null) {
      plan = new ObjectPlan(this, shapes);
      objectPlans.put(List.copyOf(shapes), plan);
    }
    return plan;
  }

  /** The kinds of property names that {@code shapes} tell apart. */
  List<KeyCells> cells(List<ObjectShape> shapes) {
    Set<Regex> languages = new TreeSet<>(order);
    for (ObjectShape shape : shapes) {
      shape.layers().forEach(l -> l.patterns().forEach(p -> languages.add(p.names())));
      shape.exists().forEach(e -> languages.add(e.names()));
      languages.add(shape.names());
    }
    languages.remove(RegexPool.ANY);
    return KeyCells.partition(dfa, languages);
  }

  /** Refuses combinations in which an object could run into a dead end. */
  void requireRoom(ObjectShape shape, int needed) {
    int toFind = shape.exists().size();
    if (toFind > 0 && ((long) needed + toFind > shape.maxProperties() || toFind > Long.SIZE)) {
      throw new ConstraintException(
          "\"maxProperties\" is not enforced beside \"not\" or \"oneOf\" on the other properties");
    }
    if (!shape.dependencies().isEmpty()
        && shape.minProperties() > 0
        && shape.maxProperties() < ObjectShape.UNBOUNDED) {
      throw new ConstraintException(
          "\"dependentRequired\" is not enforced beside \"minProperties\" and \"maxProperties\"");
    }
  }
}
