package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether some finite value satisfies a term: the least solution of the equations between the terms
 * of a value and those of its required parts. While a term is being decided it counts as not
 * satisfiable, so that a yes is always right; a no that hangs on that is not kept.
 */
final class Satisfiability {

  private static final int DEEPEST = 200;

  private final SchemaSpace space;
  private final Map<Term, Boolean> known = new HashMap<>();
  private final Set<Term> inProgress = new HashSet<>();
  private int assumptions;

  Satisfiability(SchemaSpace space) {
    this.space = space;
  }

  boolean of(Term term) {
    Boolean result = known.get(term);
    if (result != null) {
      return result;
    }
    if (!inProgress.add(term)) {
      assumptions++;
      return false;
    }
    if (inProgress.size() > DEEPEST) {
      throw new ConstraintException(
          "the schema calls for values nested more than %d levels deep; flatten it"
              .formatted(DEEPEST));
    }
    int before = assumptions;
    boolean satisfiable;
    try {
      satisfiable = term.located(() -> decide(space.normalForm(term)));
    } finally {
      inProgress.remove(term);
    }
    if (satisfiable || assumptions == before || inProgress.isEmpty()) {
      known.put(term, satisfiable);
    }
    return satisfiable;
  }

  private boolean decide(NormalForm form) {
    return form.literals() != 0
        || !isNothing(form.strings())
        || !isNothing(form.numbers().plain())
        || !isNothing(form.numbers().surely())
        || form.arrays().stream().anyMatch(this::array)
        || form.objects().stream().anyMatch(this::object);
  }

  private boolean isNothing(Regex regex) {
    return regex == Regex.NOTHING || space.dfa().isEmpty(regex);
  }

  /** Whether some array is in {@code shape}. */
  boolean array(ArrayShape shape) {
    ArrayPlan plan = new ArrayPlan(shape, space);
    if (plan.maxItems() < shape.minItems()) {
      return false;
    }
    for (int k = 0; k < shape.contains().size(); k++) {
      ArrayShape.Contains c = shape.contains().get(k);
      if (c.min() > c.max() || (c.min() > 0 && plan.capacity(k, 0) < c.min())) {
        return false;
      }
    }
    return !shape.unique()
        || shape.minItems() <= 1
        || hasDistinctScalars(shape.rest(), shape.minItems());
  }

  private boolean hasDistinctScalars(Term term, int count) {
    NormalForm form = space.normalForm(term);
    Dfa dfa = space.dfa();
    long numbers =
        dfa.shortest(form.numbers().plain(), 8 * count).stream()
            .map(n -> new BigDecimal(n).stripTrailingZeros())
            .distinct()
            .count();
    return Integer.bitCount(form.literals()) + dfa.shortest(form.strings(), count).size() + numbers
        >= count;
  }

  /** Whether some object is in {@code shape}. */
  boolean object(ObjectShape shape) {
    Set<String> needed = closure(shape, shape.required());
    if (needed.size() > shape.maxProperties()) {
      return false;
    }
    space.requireRoom(shape, needed.size());
    for (String name : needed) {
      if (!space.satisfiable(value(shape, name))) {
        return false;
      }
    }
    return (shape.minProperties() <= needed.size() || hasEnough(shape))
        && shape.exists().stream().allMatch(e -> achievable(shape, e));
  }

  private Term value(ObjectShape shape, String name) {
    return PropertyTerms.of(space.dfa(), space.terms(), shape, name);
  }

  // The names and those that must occur if they do.
  private static Set<String> closure(ObjectShape shape, Set<String> names) {
    Set<String> needed = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(names);
    while (!open.isEmpty()) {
      String name = open.remove();
      if (needed.add(name)) {
        open.addAll(shape.dependencies().getOrDefault(name, Set.of()));
      }
    }
    return needed;
  }

  private static Set<String> listed(ObjectShape shape) {
    Set<String> names = new TreeSet<>(shape.required());
    shape.layers().forEach(l -> names.addAll(l.properties().keySet()));
    return names;
  }

  private boolean hasEnough(ObjectShape shape) {
    long count = listed(shape).stream().filter(n -> isPossible(shape, n)).count();
    for (KeyCells cell : space.cells(List.of(shape))) {
      if (count < shape.minProperties()
          && space.satisfiable(PropertyTerms.ofUnlisted(space.terms(), shape, cell.in()))) {
        count +=
            cell.names() == RegexPool.ANY
                ? shape.minProperties()
                : space.dfa().shortest(unlisted(shape, cell), shape.minProperties()).size();
      }
    }
    return count >= shape.minProperties();
  }

  private boolean isPossible(ObjectShape shape, String name) {
    return closure(shape, Set.of(name)).stream().allMatch(n -> space.satisfiable(value(shape, n)));
  }

  private Regex unlisted(ObjectShape shape, KeyCells cell) {
    var pool = space.dfa().pool();
    return pool.and(cell.names(), pool.not(pool.oneOf(listed(shape))));
  }

  private boolean achievable(ObjectShape shape, ObjectShape.Exists exists) {
    for (String name : listed(shape)) {
      if (PropertyTerms.matches(space.dfa(), exists.names(), name)
          && space.satisfiable(space.and(value(shape, name), exists.term()))) {
        return true;
      }
    }
    for (KeyCells cell : space.cells(List.of(shape))) {
      if ((exists.names() == RegexPool.ANY || cell.in().contains(exists.names()))
          && !isNothing(unlisted(shape, cell))
          && space.satisfiable(
              space.and(
                  PropertyTerms.ofUnlisted(space.terms(), shape, cell.in()), exists.term()))) {
        return true;
      }
    }
    return false;
  }
}
