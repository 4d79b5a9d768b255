package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.List;

/**
 * A set of arrays with what is needed to follow one without running into a dead end. Compared by
 * identity; each shape has one plan.
 */
public final class ArrayPlan {

  private final ArrayShape shape;
  private final SchemaSpace space;
  private final int maxItems;

  ArrayPlan(ArrayShape shape, SchemaSpace space) {
    this.shape = shape;
    this.space = space;
    this.maxItems = lastPossible();
  }

  private int lastPossible() {
    int max = shape.maxItems();
    for (int i = 0; i <= shape.prefix().size() && i < max; i++) {
      if (!space.satisfiable(shape.item(i))) {
        max = i;
      }
    }
    for (ArrayShape.Contains c : shape.contains()) {
      if (shape.prefix().isEmpty()
          && c.from() == 0
          && !space.satisfiable(space.and(shape.rest(), space.not(c.term())))) {
        max = Math.min(max, c.max());
      }
    }
    return max;
  }

  /**
   * Refuses what could not be followed without running into a dead end.
   *
   * @throws ConstraintException naming the keyword
   */
  void check() {
    long needy = shape.contains().stream().filter(c -> c.min() > 0).count();
    if (needy > 1 && maxItems < ArrayShape.UNBOUNDED) {
      throw new ConstraintException(
          "\"contains\" is not enforced more than once beside a bound on the number of items");
    }
    for (ArrayShape.Contains c : shape.contains()) {
      if (c.max() < ArrayShape.UNBOUNDED && maxItems > c.max() && !canAvoid(c)) {
        throw new ConstraintException(
            "\"maxContains\" is not enforced where some items always match");
      }
    }
    if (shape.unique() && maxItems > 1) {
      for (int i = 0; i <= shape.prefix().size(); i++) {
        ValueForm form = space.form(shape.item(i));
        if (!form.arrays().isEmpty() || !form.objects().isEmpty()) {
          throw new ConstraintException(
              "\"uniqueItems\" is not enforced for items that may be arrays or objects");
        }
      }
      if (!shape.prefix().isEmpty() && shape.minItems() > 1) {
        throw new ConstraintException(
            "\"uniqueItems\" is not enforced beside \"prefixItems\" and \"minItems\"");
      }
    }
  }

  private boolean canAvoid(ArrayShape.Contains c) {
    for (int i = 0; i <= shape.prefix().size() && i < maxItems; i++) {
      if (!space.satisfiable(space.and(shape.item(i), space.not(c.term())))) {
        return false;
      }
    }
    return true;
  }

  public ArrayShape shape() {
    return shape;
  }

  /** Most items that are possible. */
  public int maxItems() {
    return maxItems;
  }

  public List<ArrayShape.Contains> contains() {
    return shape.contains();
  }

  /** Indices from this one on are alike. */
  public int steadyIndex() {
    int steady = Math.max(shape.prefix().size(), shape.minItems());
    for (ArrayShape.Contains c : shape.contains()) {
      steady = Math.max(steady, c.from());
    }
    return maxItems < ArrayShape.UNBOUNDED ? Math.max(steady, maxItems) : steady;
  }

  /** How many of the items from {@code index} on can satisfy contains number {@code k}. */
  public long capacity(int k, int index) {
    ArrayShape.Contains c = shape.contains().get(k);
    long capacity = 0;
    int prefix = shape.prefix().size();
    for (int i = Math.max(index, c.from()); i < prefix && i < maxItems; i++) {
      capacity += space.satisfiable(matching(i, c)) ? 1 : 0;
    }
    int rest = Math.max(Math.max(index, c.from()), prefix);
    if (rest < maxItems && space.satisfiable(matching(prefix, c))) {
      capacity += maxItems == ArrayShape.UNBOUNDED ? Integer.MAX_VALUE : maxItems - rest;
    }
    return capacity;
  }

  /** Item {@code i} that satisfies contains {@code c}. */
  Term matching(int i, ArrayShape.Contains c) {
    return both(shape.item(i), c.term());
  }

  /** Item {@code i} that does not satisfy contains {@code c}. */
  Term avoiding(int i, ArrayShape.Contains c) {
    return bothNot(shape.item(i), c.term());
  }

  /** A value that satisfies both. */
  public Term both(Term a, Term b) {
    return space.and(a, b);
  }

  /** A value that satisfies {@code a} but not {@code b}. */
  public Term bothNot(Term a, Term b) {
    return space.and(a, space.not(b));
  }
}
