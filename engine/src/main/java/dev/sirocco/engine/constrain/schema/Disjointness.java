package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.Regex;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Whether two sets of objects plainly have nothing in common: a property that one of them requires
 * has no possible value in both. A quick check without false positives; it looks a few levels deep.
 */
final class Disjointness {

  private static final int LEVELS = 3;

  private final Dfa dfa;
  private final Terms terms;
  private final Normalizer normalizer;

  Disjointness(Dfa dfa, Terms terms, Normalizer normalizer) {
    this.dfa = dfa;
    this.terms = terms;
    this.normalizer = normalizer;
  }

  boolean disjoint(ObjectShape a, ObjectShape b) {
    return disjoint(a, b, LEVELS);
  }

  private boolean disjoint(ObjectShape a, ObjectShape b, int levels) {
    Set<String> required = new HashSet<>(a.required());
    required.addAll(b.required());
    if (Math.max(Math.max(a.minProperties(), b.minProperties()), required.size())
        > Math.min(a.maxProperties(), b.maxProperties())) {
      return true;
    }
    for (String name : required) {
      Term both =
          terms.and(PropertyTerms.of(dfa, terms, a, name), PropertyTerms.of(dfa, terms, b, name));
      if (isEmpty(both, levels)) {
        return true;
      }
    }
    return false;
  }

  private boolean isEmpty(Term term, int levels) {
    if (term == terms.falsehood()) {
      return true;
    }
    if (term == terms.truth() || levels == 0) {
      return false;
    }
    Optional<NormalForm> form = normalizer.attempt(term);
    return form.isPresent()
        && form.get().literals() == 0
        && isNothing(form.get().strings())
        && isNothing(form.get().numbers().plain())
        && isNothing(form.get().numbers().surely())
        && form.get().arrays().isEmpty()
        && form.get().objects().stream().allMatch(o -> isEmpty(o, levels - 1));
  }

  private boolean isEmpty(ObjectShape shape, int levels) {
    return shape.required().stream()
        .anyMatch(name -> isEmpty(PropertyTerms.of(dfa, terms, shape, name), levels));
  }

  private boolean isNothing(Regex regex) {
    return regex == Regex.NOTHING || dfa.isEmpty(regex);
  }
}
