package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.schema.ArrayPlan;
import dev.sirocco.engine.constrain.schema.ArrayShape;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * One alternative of an open array.
 *
 * @param plan what the array satisfies
 * @param index items so far, no further than {@link ArrayPlan#steadyIndex}
 * @param counts for each contains, how many items matched
 * @param taken the items so far, if they must be unique
 * @param outer the threads of the outer frame that this one serves; not to be changed
 */
record ArrayThread(
    ArrayPlan plan, int index, List<Integer> counts, Set<String> taken, BitSet outer) {

  static ArrayThread start(ArrayPlan plan, BitSet outer) {
    return new ArrayThread(plan, 0, plan.contains().stream().map(c -> 0).toList(), Set.of(), outer);
  }

  boolean mayClose() {
    if (index < plan.shape().minItems()) {
      return false;
    }
    for (int k = 0; k < counts.size(); k++) {
      if (counts.get(k) < plan.contains().get(k).min()) {
        return false;
      }
    }
    return true;
  }

  /** Whether the items that must still match have room. */
  boolean isAlive() {
    for (int k = 0; k < counts.size(); k++) {
      ArrayShape.Contains c = plan.contains().get(k);
      if (counts.get(k) < c.min() && plan.capacity(k, index) < c.min() - counts.get(k)) {
        return false;
      }
    }
    return true;
  }

  boolean isUnique() {
    return plan.shape().unique() && plan.maxItems() > 1;
  }

  ArrayThread withTaken(Set<String> value) {
    return new ArrayThread(plan, index, counts, value, outer);
  }

  ArrayThread withOuter(BitSet value) {
    return new ArrayThread(plan, index, counts, taken, value);
  }
}
