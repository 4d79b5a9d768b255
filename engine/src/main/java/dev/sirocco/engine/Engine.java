package dev.sirocco.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.model.HiddenStateListener;
import dev.sirocco.model.NonFiniteException;
import dev.sirocco.model.Routing;
import dev.sirocco.model.RoutingListener;
import dev.sirocco.model.Transformer;
import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Computes several sequences together, step by step: under {@link LanguageModel#generateAll} as
 * under {@link ServingEngine}. Not thread-safe.
 *
 * @see Sampler
 * @see Scheduler
 */
final class Engine {

  private final Transformer transformer;
  private final float[] logits;

  Engine(Transformer transformer) {
    this.transformer = transformer;
    this.logits = new float[transformer.config().vocabSize()];
  }

  /**
   * Computes one batch: schedule, forward, sample, settle. Sequences that fail are finished; the
   * others are not harmed.
   *
   * @param observer sees the router's decisions of the step; empty if nobody looks
   * @return what was computed; empty if there was nothing to do
   */
  Schedule step(Scheduler scheduler, Optional<RoutingListener> observer) {
    Schedule schedule = scheduler.next();
    if (!schedule.isEmpty() && forward(schedule, observer)) {
      sample(schedule, scheduler);
    }
    scheduler.settle(schedule);
    return schedule;
  }

  /**
   * Whether all went well; otherwise the sequences at fault are failed, and nothing has advanced.
   */
  private boolean forward(Schedule schedule, Optional<RoutingListener> observer) {
    transformer.setRoutingListener(routingListener(schedule, observer));
    transformer.setHiddenStateListener(hiddenStateListener(schedule));
    try {
      transformer.forward(schedule.batch());
      return true;
    } catch (NonFiniteException e) {
      for (Schedule.Entry entry : schedule.entries()) {
        if (e.rows().anyMatch(row -> entry.firstRow() <= row && row <= entry.lastRow())) {
          entry.sequence().fail(e);
        }
      }
      return false;
    }
  }

  private void sample(Schedule schedule, Scheduler scheduler) {
    List<Schedule.Entry> left = new ArrayList<>(schedule.complete());
    while (!left.isEmpty()) {
      List<Schedule.Entry> some =
          left.subList(0, Math.min(left.size(), Transformer.MAX_LOGIT_ROWS));
      try {
        FloatMatrix predictions =
            transformer.logits(some.stream().mapToInt(Schedule.Entry::lastRow).toArray());
        for (int i = 0; i < some.size(); i++) {
          settle(some.get(i).sequence(), predictions, i, scheduler);
        }
        some.clear();
      } catch (NonFiniteException e) {
        List<Schedule.Entry> failed = e.rows().mapToObj(some::get).toList();
        failed.forEach(entry -> entry.sequence().fail(e));
        left.removeAll(failed);
      }
    }
  }

  /** Chooses the next token of a sequence, and the first ones of answers that share its prompt. */
  private void settle(Sequence sequence, FloatMatrix predictions, int row, Scheduler scheduler) {
    MemorySegment.copy(
        predictions.data(), JAVA_FLOAT, predictions.offset(row), logits, 0, logits.length);
    boolean first = sequence.isReadingPrompt();
    List<Sequence> siblings = first ? scheduler.fork(sequence) : List.of();
    settle(sequence);
    siblings.forEach(this::settle);
  }

  private void settle(Sequence sequence) {
    try {
      sequence.settle(logits);
    } catch (RuntimeException e) {
      sequence.fail(e);
    }
  }

  /** Hands the router's decisions to those that look at them; empty if nobody does. */
  private static Optional<RoutingListener> routingListener(
      Schedule schedule, Optional<RoutingListener> observer) {
    List<Schedule.Entry> recording =
        schedule.entries().stream().filter(e -> e.sequence().recordsRouting()).toList();
    if (recording.isEmpty()) {
      return observer;
    }
    return Optional.of(
        (layer, routing) -> {
          observer.ifPresent(o -> o.routed(layer, routing));
          recording.forEach(entry -> record(entry, layer, routing));
        });
  }

  private static void record(Schedule.Entry entry, int layer, Routing routing) {
    for (int i = 0; i < entry.count(); i++) {
      entry.sequence().record(routing, layer, entry.firstRow() + i, i);
    }
  }

  /** Hands final hidden states to the sequences that want them; empty if none does. */
  private Optional<HiddenStateListener> hiddenStateListener(Schedule schedule) {
    List<Schedule.Entry> looking =
        schedule.entries().stream().filter(e -> e.sequence().wantsHidden()).toList();
    if (looking.isEmpty()) {
      return Optional.empty();
    }
    int last = transformer.config().nLayers();
    return Optional.of(
        (index, hidden) -> {
          if (index == last) {
            looking.forEach(entry -> show(entry, hidden));
          }
        });
  }

  private static void show(Schedule.Entry entry, FloatMatrix hidden) {
    for (int i = 0; i < entry.count(); i++) {
      entry.sequence().hidden(hidden, entry.firstRow() + i, i);
    }
  }
}
