package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Intersection and complement of sets of arrays. */
final class ArrayShapes {

  private final Terms terms;
  private final ArrayShape any;

  ArrayShapes(Terms terms) {
    this.terms = terms;
    this.any = ArrayShape.items(List.of(), terms.truth());
  }

  /** All arrays. */
  ArrayShape any() {
    return any;
  }

  /** The arrays in both; nothing if this is plainly empty. */
  Optional<ArrayShape> and(ArrayShape a, ArrayShape b) {
    if (a.equals(any) || b.equals(any) || a.equals(b)) {
      return Optional.of(a.equals(any) ? b : a);
    }
    List<Term> prefix = new ArrayList<>();
    for (int i = 0; i < Math.max(a.prefix().size(), b.prefix().size()); i++) {
      prefix.add(terms.and(a.item(i), b.item(i)));
    }
    Set<ArrayShape.Contains> contains = new LinkedHashSet<>(a.contains());
    contains.addAll(b.contains());
    ArrayShape result =
        new ArrayShape(
            prefix,
            terms.and(a.rest(), b.rest()),
            Math.max(a.minItems(), b.minItems()),
            Math.min(a.maxItems(), b.maxItems()),
            a.unique() || b.unique(),
            List.copyOf(contains));
    return result.minItems() > result.maxItems() ? Optional.empty() : Optional.of(result);
  }

  /** The arrays that are not in {@code shape}: those that break one of its parts. */
  List<ArrayShape> complement(ArrayShape shape) {
    if (shape.unique()) {
      throw new ConstraintException(
          "the opposite of \"uniqueItems\" is not enforced; leave it out");
    }
    List<ArrayShape> result = new ArrayList<>();
    for (int i = 0; i < shape.prefix().size(); i++) {
      if (shape.prefix().get(i) != terms.truth()) {
        List<Term> prefix = new ArrayList<>();
        for (int j = 0; j < i; j++) {
          prefix.add(terms.truth());
        }
        prefix.add(terms.not(shape.prefix().get(i)));
        result.add(ArrayShape.items(prefix, terms.truth()).withCount(i + 1, ArrayShape.UNBOUNDED));
      }
    }
    if (shape.rest() != terms.truth()) {
      result.add(
          any.withContains(
              new ArrayShape.Contains(
                  terms.not(shape.rest()), shape.prefix().size(), 1, ArrayShape.UNBOUNDED)));
    }
    if (shape.minItems() > 0) {
      result.add(any.withCount(0, shape.minItems() - 1));
    }
    if (shape.maxItems() < ArrayShape.UNBOUNDED) {
      result.add(any.withCount(shape.maxItems() + 1, ArrayShape.UNBOUNDED));
    }
    shape.contains().forEach(c -> breakContains(c, result));
    return result;
  }

  private void breakContains(ArrayShape.Contains c, List<ArrayShape> result) {
    if (c.min() > 0) {
      result.add(any.withContains(new ArrayShape.Contains(c.term(), c.from(), 0, c.min() - 1)));
    }
    if (c.max() < ArrayShape.UNBOUNDED) {
      result.add(
          any.withContains(
              new ArrayShape.Contains(c.term(), c.from(), c.max() + 1, ArrayShape.UNBOUNDED)));
    }
  }
}
