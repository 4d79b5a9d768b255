package dev.sirocco.engine.constrain.json;

import dev.sirocco.engine.constrain.core.AutomatonState;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.schema.SchemaSpace;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON text that satisfies a schema. A pushdown automaton made deterministic: JSON shows
 * where values begin and end whatever the schema, so that all alternatives of the schema share one
 * stack of {@link Frame frames} (Alur and Madhusudan 2004, "Visibly pushdown languages", section
 * 4.1).
 *
 * <p>Properties may come in any order, none twice. Not thread-safe.
 */
public final class JsonAutomaton {

  private static final int MOST_PLANS = 20_000;

  private final SchemaSpace space;
  private final Map<List<Choice>, ValuePlan> plans = new HashMap<>();

  public JsonAutomaton(SchemaSpace space) {
    this.space = space;
  }

  /**
   * The state before the first byte.
   *
   * @throws ConstraintException if no value satisfies the schema
   */
  public AutomatonState start() {
    BitSet thread = new BitSet();
    thread.set(0);
    ValuePlan plan = plan(List.of(new Choice(space.root(), thread, null)));
    return new BeforeValue(this, new RootFrame(), plan, Whitespace.NONE, null);
  }

  SchemaSpace space() {
    return space;
  }

  ValuePlan plan(List<Choice> choices) {
    if (choices.isEmpty()) {
      return ValuePlan.EMPTY;
    }
    ValuePlan plan = plans.get(choices);
    if (plan == null) {
      if (plans.size() >= MOST_PLANS) {
        plans.clear();
      }
      plan = choices.getFirst().term().located(() -> new ValuePlan(space, choices));
      plans.put(List.copyOf(choices), plan);
    }
    return plan;
  }
}
