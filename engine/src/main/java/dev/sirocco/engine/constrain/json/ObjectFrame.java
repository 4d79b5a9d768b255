package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.VectorState;
import dev.sirocco.engine.constrain.schema.ObjectPlan;
import dev.sirocco.engine.constrain.schema.ObjectShape;
import dev.sirocco.engine.constrain.schema.SortedNames;
import dev.sirocco.engine.constrain.schema.Term;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An open object: what its alternatives are and which names have occurred. */
final class ObjectFrame implements Frame {

  private final JsonAutomaton automaton;
  private final ObjectPlan plan;
  private final List<ObjectThread> threads;
  private final BitSet seen;
  private final Set<String> others;
  private final Frame outer;
  private final String place;
  private final int hash;
  private @Nullable KeySet keys;

  private ObjectFrame(
      JsonAutomaton automaton,
      ObjectPlan plan,
      List<ObjectThread> threads,
      BitSet seen,
      Set<String> others,
      Frame outer,
      String place) {
    this.automaton = automaton;
    this.plan = plan;
    this.threads = threads;
    this.seen = seen;
    this.others = others;
    this.outer = outer;
    this.place = place;
    this.hash = Objects.hash(threads, seen, others, outer);
  }

  /** After the opening brace of an object that is in one of the plan's sets. */
  static @Nullable AutomatonState open(JsonAutomaton automaton, ValuePlan value, Frame outer) {
    if (value.objects().isEmpty()) {
      return null;
    }
    try {
      return begin(automaton, value, outer);
    } catch (ConstraintException e) {
      throw e.at(value.place());
    }
  }

  private static @Nullable AutomatonState begin(
      JsonAutomaton automaton, ValuePlan value, Frame outer) {
    List<ObjectShape> shapes = List.copyOf(value.objects().keySet());
    List<ObjectThread> threads = new ArrayList<>();
    value.objects().values().forEach(t -> threads.add(new ObjectThread(threads.size(), 0, t)));
    ObjectFrame frame =
        new ObjectFrame(
            automaton,
            automaton.space().plan(shapes),
            threads,
            new BitSet(),
            Set.of(),
            outer,
            value.place());
    boolean mayClose = frame.afterClose('}') != null;
    return mayClose || frame.keys().start() != null
        ? new BeforeKey(frame, mayClose, Whitespace.NONE)
        : null;
  }

  /** Where the schema of the object is written. */
  String place() {
    return place;
  }

  /** The keys that may come next. */
  KeySet keys() {
    KeySet known = keys;
    if (known == null) {
      try {
        known = computeKeys();
      } catch (ConstraintException e) {
        throw e.at(place);
      }
      keys = known;
    }
    return known;
  }

  private KeySet computeKeys() {
    BitSet possible = new BitSet();
    BitSet kinds = new BitSet();
    for (ObjectThread thread : threads) {
      ObjectRules rules = rules(thread);
      possible.or(rules.possibleNames());
      for (int k = 0; k < plan.kindCount(); k++) {
        if (rules.admitsKind(k)) {
          kinds.set(k);
        }
      }
    }
    CharState start = kinds.isEmpty() ? null : plan.startOfOthers(others, kinds);
    return new KeySet(plan.names(), possible, new SortedNames(others), start);
  }

  /** The kinds of a name that is not listed and ends in {@code state}. */
  BitSet kinds(@Nullable CharState state) {
    BitSet result = new BitSet();
    for (int k = 0; state != null && k < plan.kindCount(); k++) {
      result.set(k, VectorState.accepts(state, k));
    }
    return result;
  }

  private ObjectRules rules(ObjectThread thread) {
    return new ObjectRules(plan, thread, seen, others);
  }

  /** After listed name {@code i}; null if no value may follow. */
  @Nullable AutomatonState afterName(int i) {
    BitSet nextSeen = (BitSet) seen.clone();
    nextSeen.set(i);
    Step step = new Step(others);
    for (ObjectThread thread : threads) {
      ObjectShape shape = plan.shapes().get(thread.shape());
      if (rules(thread).admits(i)) {
        step.add(thread, shape, plan.nameTerm(thread.shape(), i), e -> plan.isIn(e, i), nextSeen);
      }
    }
    return step.state(nextSeen);
  }

  /** After a name that is not listed and is of {@code kinds}; null if it may not come. */
  @Nullable AutomatonState afterOther(BitSet kinds, String name) {
    Set<String> nextOthers = new TreeSet<>(others);
    nextOthers.add(name);
    Step step = new Step(nextOthers);
    for (ObjectThread thread : threads) {
      ObjectShape shape = plan.shapes().get(thread.shape());
      for (int k = kinds.nextSetBit(0); k >= 0; k = kinds.nextSetBit(k + 1)) {
        int kind = k;
        if (rules(thread).admitsKind(k)) {
          step.add(
              thread, shape, plan.kindTerm(thread.shape(), k), e -> plan.isKindIn(e, kind), seen);
        }
      }
    }
    return step.state(seen);
  }

  /** Collects the threads behind a property and the choices for its value. */
  private final class Step {
    private final Set<String> taken;
    private final Map<ObjectThread, Integer> after = new LinkedHashMap<>();
    private final Map<Term, BitSet> choices = new LinkedHashMap<>();

    Step(Set<String> taken) {
      this.taken = taken;
    }

    void add(
        ObjectThread thread,
        ObjectShape shape,
        Term term,
        Predicate<ObjectShape.Exists> matching,
        BitSet nextSeen) {
      Map<ObjectThread, Term> ways = new LinkedHashMap<>(Map.of(thread, term));
      for (int e = 0; e < shape.exists().size(); e++) {
        ObjectShape.Exists exists = shape.exists().get(e);
        if ((thread.found() & 1L << e) == 0 && matching.test(exists)) {
          for (Map.Entry<ObjectThread, Term> way : List.copyOf(ways.entrySet())) {
            ObjectThread from = way.getKey();
            ways.put(
                new ObjectThread(from.shape(), from.found() | 1L << e, from.outer()),
                plan.both(way.getValue(), exists.term()));
          }
        }
      }
      ways.forEach((way, value) -> addWay(way, value, nextSeen));
    }

    private void addWay(ObjectThread thread, Term term, BitSet nextSeen) {
      if (new ObjectRules(plan, thread, nextSeen, taken).canFindAll()) {
        int number = after.computeIfAbsent(thread, k -> after.size());
        choices.computeIfAbsent(term, k -> new BitSet()).set(number);
      }
    }

    @Nullable AutomatonState state(BitSet nextSeen) {
      List<Choice> list = new ArrayList<>();
      choices.forEach((term, t) -> list.add(new Choice(term, t, null)));
      ValuePlan value = automaton.plan(list);
      return value.isEmpty()
          ? null
          : new AfterKey(
              automaton,
              new ObjectFrame(
                  automaton, plan, List.copyOf(after.keySet()), nextSeen, taken, outer, place),
              value,
              Whitespace.NONE);
    }
  }

  @Override
  public Frame afterValue(BitSet survivors, @Nullable String value) {
    if (survivors.cardinality() == threads.size()) {
      return this;
    }
    List<ObjectThread> kept = new ArrayList<>();
    survivors.stream().forEach(t -> kept.add(threads.get(t)));
    return new ObjectFrame(automaton, plan, kept, seen, others, outer, place);
  }

  @Override
  public boolean remembersValues() {
    return false;
  }

  @Override
  public @Nullable AutomatonState afterComma() {
    return keys().start() == null ? null : new BeforeKey(this, false, Whitespace.NONE);
  }

  @Override
  public @Nullable AutomatonState afterClose(int b) {
    if (b != '}') {
      return null;
    }
    BitSet survivors = new BitSet();
    for (ObjectThread thread : threads) {
      if (rules(thread).mayClose()) {
        survivors.or(thread.outer());
      }
    }
    return survivors.isEmpty()
        ? null
        : new AfterValue(outer.afterValue(survivors, null), Whitespace.NONE);
  }

  @Override
  public boolean isRoot() {
    return false;
  }

  @Override
  public boolean equals(Object o) {
    return o == this
        || (o instanceof ObjectFrame f
            && f.hash == hash
            && f.plan == plan
            && f.threads.equals(threads)
            && f.seen.equals(seen)
            && f.others.equals(others)
            && f.outer.equals(outer));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
