package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.schema.ObjectPlan;
import dev.sirocco.engine.constrain.schema.ObjectShape;
import java.util.BitSet;
import java.util.Set;
import java.util.function.Predicate;

/** What one alternative of an object admits after the names that have occurred. */
final class ObjectRules {

  private final ObjectPlan plan;
  private final ObjectThread thread;
  private final ObjectShape shape;
  private final BitSet seen;
  private final Set<String> others;

  ObjectRules(ObjectPlan plan, ObjectThread thread, BitSet seen, Set<String> others) {
    this.plan = plan;
    this.thread = thread;
    this.shape = plan.shapes().get(thread.shape());
    this.seen = seen;
    this.others = others;
  }

  private int count() {
    return seen.cardinality() + others.size();
  }

  private boolean isSimple() {
    return shape.maxProperties() == ObjectShape.UNBOUNDED && shape.dependencies().isEmpty();
  }

  /** The listed names that may come next. */
  BitSet possibleNames() {
    BitSet result = (BitSet) plan.possibleNames(thread.shape()).clone();
    result.andNot(seen);
    if (!isSimple()) {
      for (int i = result.nextSetBit(0); i >= 0; i = result.nextSetBit(i + 1)) {
        if (!fits(i)) {
          result.clear(i);
        }
      }
    }
    return result;
  }

  /** Whether listed name {@code i} may come next. */
  boolean admits(int i) {
    return plan.possibleNames(thread.shape()).get(i) && !seen.get(i) && (isSimple() || fits(i));
  }

  // Whether the names that i calls for are possible and there is room for all that is needed.
  private boolean fits(int i) {
    BitSet needed = (BitSet) plan.implied(thread.shape(), i).clone();
    needed.or(missing());
    needed.andNot(seen);
    return isPossible(needed) && hasRoom(needed.cardinality(), finds(e -> plan.isIn(e, i)));
  }

  /** Whether a name of kind {@code k}, which is not listed, may come next. */
  boolean admitsKind(int k) {
    return plan.kindPossible(thread.shape(), k)
        && (shape.maxProperties() == ObjectShape.UNBOUNDED
            || hasRoom(1 + missing().cardinality(), finds(e -> plan.isKindIn(e, k))));
  }

  // How many of the properties that must exist the next one can be.
  private int finds(Predicate<ObjectShape.Exists> matching) {
    int found = 0;
    for (int e = 0; e < shape.exists().size(); e++) {
      if (isToFind(e) && matching.test(shape.exists().get(e))) {
        found++;
      }
    }
    return found;
  }

  private boolean isToFind(int e) {
    return (thread.found() & 1L << e) == 0;
  }

  private boolean hasRoom(int more, int found) {
    int toFind = shape.exists().size() - Long.bitCount(thread.found());
    return (long) count() + more + toFind - found <= shape.maxProperties();
  }

  private boolean isPossible(BitSet names) {
    BitSet impossible = (BitSet) names.clone();
    impossible.andNot(plan.possibleNames(thread.shape()));
    return impossible.isEmpty();
  }

  // The names that must still come.
  private BitSet missing() {
    BitSet result = (BitSet) plan.requiredNames(thread.shape()).clone();
    if (!shape.dependencies().isEmpty()) {
      BitSet from = (BitSet) result.clone();
      from.or(seen);
      for (int i = from.nextSetBit(0); i >= 0; i = from.nextSetBit(i + 1)) {
        result.or(plan.implied(thread.shape(), i));
      }
    }
    result.andNot(seen);
    return result;
  }

  /** Whether the properties that must exist and have not been found can still come. */
  boolean canFindAll() {
    for (int e = 0; e < shape.exists().size(); e++) {
      if (isToFind(e) && !plan.achievable(thread.shape(), shape.exists().get(e), seen, others)) {
        return false;
      }
    }
    return shape.maxProperties() == ObjectShape.UNBOUNDED || hasRoom(missing().cardinality(), 0);
  }

  /** Whether the object may end. */
  boolean mayClose() {
    return count() >= shape.minProperties()
        && Long.bitCount(thread.found()) == shape.exists().size()
        && missing().isEmpty();
  }
}
