package dev.sirocco.engine;

import java.util.Comparator;

/**
 * Who comes first: higher priorities before lower ones, and within one priority the order of
 * arrival. Whoever has been overtaken {@link #PATIENCE} times goes before all that have not; so
 * however many requests of higher priority keep coming, each one gets its turn.
 *
 * <p>Not thread-safe.
 */
final class Rank {

  /** How many later requests may be admitted before an earlier one. */
  static final int PATIENCE = 64;

  /** First to last. */
  static final Comparator<Rank> ORDER =
      Comparator.comparing(Rank::isImpatient, Comparator.reverseOrder())
          .thenComparing(rank -> rank.priority, Comparator.reverseOrder())
          .thenComparing(rank -> rank.arrival);

  private final int priority;
  private final long arrival;
  private int overtaken;

  Rank(int priority, long arrival) {
    this.priority = priority;
    this.arrival = arrival;
  }

  private boolean isImpatient() {
    return overtaken >= PATIENCE;
  }

  /** Notes that {@code other} was admitted; counts if it came later. */
  void sawAdmitted(Rank other) {
    if (other.arrival > arrival) {
      overtaken++;
    }
  }

  boolean isBefore(Rank other) {
    return ORDER.compare(this, other) < 0;
  }
}
