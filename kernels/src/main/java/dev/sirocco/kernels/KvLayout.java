package dev.sirocco.kernels;

/**
 * Where a key/value cache keeps the positions of one sequence.
 *
 * <p>Example, a rolling buffer of 4 slots: position 5 lies in slot 1, and the run that starts there
 * covers positions 5, 6 and 7 (slots 1, 2, 3); position 8 starts over in slot 0.
 */
public interface KvLayout {

  /** The row of the cache that holds {@code position}. */
  int slot(int position);

  /** How many positions, from {@code position} on, lie in consecutive slots; at least 1. */
  int run(int position);
}
