package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.schema.SortedNames;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The keys that may come next in an object.
 *
 * @param names the listed names
 * @param possible which of them may come; not to be changed
 * @param taken names that are not listed and have occurred
 * @param others the state before the first character of other names; null if none may come
 */
record KeySet(SortedNames names, BitSet possible, SortedNames taken, @Nullable CharState others) {

  /** The state before the first character of the key; null if no key may come. */
  @Nullable KeyState start() {
    return possible.isEmpty() && others == null
        ? null
        : new KeyState(this, 0, names.size(), 0, taken.size(), 0, others);
  }
}
