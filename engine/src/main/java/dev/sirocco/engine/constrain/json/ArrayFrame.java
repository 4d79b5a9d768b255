package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.schema.ArrayPlan;
import dev.sirocco.engine.constrain.schema.ArrayShape;
import dev.sirocco.engine.constrain.schema.Term;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An open array. */
final class ArrayFrame implements Frame {

  private final JsonAutomaton automaton;
  private final List<ArrayThread> threads;
  private final Frame outer;
  private final int hash;
  private @Nullable Item item;

  /**
   * The next item: the frame behind it, with a thread for each way to go on, and the item's plan.
   */
  private record Item(ArrayFrame after, ValuePlan plan) {}

  // A way to go on from a thread: what the item satisfies, and the matches counted then.
  private record Step(Term term, List<Integer> counts) {}

  ArrayFrame(JsonAutomaton automaton, List<ArrayThread> threads, Frame outer) {
    this.automaton = automaton;
    this.threads = threads;
    this.outer = outer;
    this.hash = Objects.hash(threads, outer);
  }

  /** After the opening bracket of an array that is in one of the plan's sets. */
  static @Nullable AutomatonState open(JsonAutomaton automaton, ValuePlan plan, Frame outer) {
    List<ArrayThread> threads = new ArrayList<>();
    plan.arrays()
        .forEach((array, outerThreads) -> threads.add(ArrayThread.start(array, outerThreads)));
    if (threads.isEmpty()) {
      return null;
    }
    ArrayFrame frame = new ArrayFrame(automaton, threads, outer);
    boolean mayClose = frame.afterClose(']') != null;
    Item first = frame.item();
    return mayClose || !first.plan.isEmpty()
        ? new BeforeValue(
            automaton, first.after, first.plan, Whitespace.NONE, mayClose ? frame : null)
        : null;
  }

  private Item item() {
    Item known = item;
    if (known == null) {
      known = computeItem();
      item = known;
    }
    return known;
  }

  private Item computeItem() {
    List<ArrayThread> after = new ArrayList<>();
    List<Choice> choices = new ArrayList<>();
    for (ArrayThread thread : threads) {
      if (thread.index() < thread.plan().maxItems()) {
        for (Step step : steps(thread)) {
          ArrayPlan plan = thread.plan();
          int index = Math.min(thread.index() + 1, plan.steadyIndex());
          ArrayThread next =
              new ArrayThread(plan, index, step.counts, thread.taken(), thread.outer());
          if (next.isAlive()) {
            BitSet self = new BitSet();
            self.set(after.size());
            after.add(next);
            choices.add(new Choice(step.term, self, thread.isUnique() ? thread.taken() : null));
          }
        }
      }
    }
    return new Item(new ArrayFrame(automaton, after, outer), automaton.plan(choices));
  }

  private static List<Step> steps(ArrayThread thread) {
    ArrayPlan plan = thread.plan();
    int i = thread.index();
    List<Step> steps = List.of(new Step(plan.shape().item(i), thread.counts()));
    for (int k = 0; k < plan.contains().size(); k++) {
      ArrayShape.Contains c = plan.contains().get(k);
      if (i >= c.from()) {
        List<Step> next = new ArrayList<>();
        for (Step step : steps) {
          split(plan, c, k, step, next);
        }
        steps = next;
      }
    }
    return steps;
  }

  // Either the item matches and counts, or it does not, which matters only if too many may match.
  private static void split(
      ArrayPlan plan, ArrayShape.Contains c, int k, Step step, List<Step> result) {
    int count = step.counts.get(k);
    boolean bounded = c.max() < ArrayShape.UNBOUNDED;
    if (count < c.min() || (bounded && count < c.max())) {
      List<Integer> counts = new ArrayList<>(step.counts);
      counts.set(k, count + 1);
      result.add(new Step(plan.both(step.term, c.term()), counts));
    }
    result.add(bounded ? new Step(plan.bothNot(step.term, c.term()), step.counts) : step);
  }

  @Override
  public Frame afterValue(BitSet survivors, @Nullable String value) {
    Map<ArrayThread, BitSet> outerThreads = new LinkedHashMap<>();
    for (int t = survivors.nextSetBit(0); t >= 0; t = survivors.nextSetBit(t + 1)) {
      ArrayThread thread = threads.get(t);
      if (value != null && thread.isUnique()) {
        Set<String> taken = new HashSet<>(thread.taken());
        taken.add(value);
        thread = thread.withTaken(taken);
      }
      outerThreads
          .computeIfAbsent(thread.withOuter(new BitSet()), k -> new BitSet())
          .or(thread.outer());
    }
    List<ArrayThread> kept = new ArrayList<>();
    outerThreads.forEach((thread, outerSet) -> kept.add(thread.withOuter(outerSet)));
    return new ArrayFrame(automaton, kept, outer);
  }

  @Override
  public boolean remembersValues() {
    return threads.stream().anyMatch(ArrayThread::isUnique);
  }

  @Override
  public @Nullable AutomatonState afterComma() {
    Item next = item();
    return next.plan.isEmpty()
        ? null
        : new BeforeValue(automaton, next.after, next.plan, Whitespace.NONE, null);
  }

  @Override
  public @Nullable AutomatonState afterClose(int b) {
    if (b != ']') {
      return null;
    }
    BitSet survivors = new BitSet();
    for (ArrayThread thread : threads) {
      if (thread.mayClose()) {
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
        || (o instanceof ArrayFrame f
            && f.hash == hash
            && f.threads.equals(threads)
            && f.outer.equals(outer));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
