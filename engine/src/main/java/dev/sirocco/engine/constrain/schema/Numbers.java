package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;

/**
 * A set of numbers by their writings. Writings without exponent are exact. Whether a number written
 * with an exponent is in the set is not always told by a regular language, so that there are two:
 * those that surely are and those that may be; complement swaps them.
 *
 * @param plain writings without exponent of the numbers in the set
 * @param surely writings with exponent of some numbers in the set
 * @param perhaps writings with exponent of all numbers in the set and maybe of others
 */
record Numbers(Regex plain, Regex surely, Regex perhaps) {

  static final Numbers NONE = new Numbers(Regex.NOTHING, Regex.NOTHING, Regex.NOTHING);

  /** The writings that are admitted. */
  Regex writings(RegexPool pool) {
    return pool.or(plain, surely);
  }

  Numbers and(RegexPool pool, Numbers other) {
    return new Numbers(
        pool.and(plain, other.plain),
        pool.and(surely, other.surely),
        pool.and(perhaps, other.perhaps));
  }

  Numbers or(RegexPool pool, Numbers other) {
    return new Numbers(
        pool.or(plain, other.plain),
        pool.or(surely, other.surely),
        pool.or(perhaps, other.perhaps));
  }

  /** The numbers of {@code all} that are not in this set. */
  Numbers complement(RegexPool pool, Numbers all) {
    return new Numbers(
        minus(pool, all.plain, plain),
        minus(pool, all.surely, perhaps),
        minus(pool, all.perhaps, surely));
  }

  private static Regex minus(RegexPool pool, Regex a, Regex b) {
    return a == b ? Regex.NOTHING : b == Regex.NOTHING ? a : pool.and(a, pool.not(b));
  }
}
