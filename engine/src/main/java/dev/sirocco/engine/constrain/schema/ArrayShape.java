package dev.sirocco.engine.constrain.schema;

import java.util.List;

/**
 * A set of arrays, described without alternatives: all parts hold at once.
 *
 * @param prefix what the first items satisfy
 * @param rest what all further items satisfy
 * @param minItems fewest items
 * @param maxItems most items, {@link #UNBOUNDED} for any number
 * @param unique whether no two items may be equal
 * @param contains how many items must satisfy something
 */
public record ArrayShape(
    List<Term> prefix,
    Term rest,
    int minItems,
    int maxItems,
    boolean unique,
    List<Contains> contains) {

  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /**
   * Of the items from index {@code from}, at least {@code min} and at most {@code max} satisfy
   * {@code term}.
   *
   * @param term what they satisfy
   * @param from first index that counts
   * @param min fewest
   * @param max most, {@link #UNBOUNDED} for any number
   */
  public record Contains(Term term, int from, int min, int max) {}

  public ArrayShape {
    prefix = List.copyOf(prefix);
    contains = List.copyOf(contains);
  }

  /** What item {@code i} satisfies. */
  public Term item(int i) {
    return i < prefix.size() ? prefix.get(i) : rest;
  }

  static ArrayShape items(List<Term> prefix, Term rest) {
    return new ArrayShape(prefix, rest, 0, UNBOUNDED, false, List.of());
  }

  ArrayShape withCount(int min, int max) {
    return new ArrayShape(prefix, rest, min, max, unique, contains);
  }

  ArrayShape withUnique() {
    return new ArrayShape(prefix, rest, minItems, maxItems, true, contains);
  }

  ArrayShape withContains(Contains value) {
    return new ArrayShape(prefix, rest, minItems, maxItems, unique, List.of(value));
  }
}
