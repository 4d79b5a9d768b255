package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.CharKinds;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.schema.SortedNames;
import org.jspecify.annotations.Nullable;

/**
 * Inside a key: which listed names begin like this, which names that have occurred do, and what
 * other names may become of it.
 *
 * @param keys the keys that may come
 * @param from first listed name that begins like this
 * @param to behind the last
 * @param takenFrom first name that has occurred and begins like this
 * @param takenTo behind the last
 * @param depth characters read
 * @param others state of the other names; null if none is possible any more
 */
record KeyState(
    KeySet keys,
    int from,
    int to,
    int takenFrom,
    int takenTo,
    int depth,
    @Nullable CharState others)
    implements CharState {

  @Override
  public @Nullable KeyState next(int c) {
    int nextFrom = from == to ? from : keys.names().firstAtLeast(from, to, depth, c);
    int nextTo = nextFrom == to ? to : keys.names().firstAtLeast(nextFrom, to, depth, c + 1);
    int nextTakenFrom =
        takenFrom == takenTo ? takenFrom : keys.taken().firstAtLeast(takenFrom, takenTo, depth, c);
    int nextTakenTo =
        nextTakenFrom == takenTo
            ? takenTo
            : keys.taken().firstAtLeast(nextTakenFrom, takenTo, depth, c + 1);
    CharState nextOthers = others == null ? null : others.next(c);
    return nextOthers == null && !anyPossible(nextFrom, nextTo)
        ? null
        : new KeyState(keys, nextFrom, nextTo, nextTakenFrom, nextTakenTo, depth + 1, nextOthers);
  }

  private boolean anyPossible(int first, int end) {
    int found = keys.possible().nextSetBit(first);
    return found >= 0 && found < end;
  }

  @Override
  public boolean anyNext(int first, int last) {
    if (others != null && others.anyNext(first, last)) {
      return true;
    }
    int nextFrom = keys.names().firstAtLeast(from, to, depth, first);
    return anyPossible(nextFrom, keys.names().firstAtLeast(nextFrom, to, depth, last + 1));
  }

  /** The listed name that ends here; -1 if none does. */
  int name() {
    return from < to && keys.names().length(from) == depth ? from : -1;
  }

  /** Whether a name that has occurred and is not listed ends here. */
  boolean isTaken() {
    return takenFrom < takenTo && keys.taken().length(takenFrom) == depth;
  }

  /** Whether listed names or such that have occurred begin like this. */
  boolean tracksNames() {
    return from < to || takenFrom < takenTo;
  }

  /**
   * Whether listed names or such that have occurred go on with one of the characters from {@code
   * first} to {@code last}.
   */
  boolean tracksNamesAfter(int first, int last) {
    return anyBetween(keys.names(), from, to, first, last)
        || anyBetween(keys.taken(), takenFrom, takenTo, first, last);
  }

  private boolean anyBetween(SortedNames names, int start, int end, int first, int last) {
    int found = start == end ? end : names.firstAtLeast(start, end, depth, first);
    return found < end && names.charAt(found, depth) <= last;
  }

  /** The same for a key that differs from all of these names. */
  KeyState withoutNames() {
    return new KeyState(keys, 0, 0, 0, 0, depth, others);
  }

  @Override
  public boolean accepting() {
    int name = name();
    return name >= 0
        ? keys.possible().get(name)
        : !isTaken() && others != null && others.accepting();
  }

  @Override
  public int safeRun() {
    return tracksNames() || others == null ? 0 : others.safeRun();
  }

  @Override
  public boolean free() {
    return !tracksNames() && others != null && others.free();
  }

  // It counts the characters, so that none leads back.
  @Override
  public long loops() {
    return CharKinds.NONE;
  }
}
