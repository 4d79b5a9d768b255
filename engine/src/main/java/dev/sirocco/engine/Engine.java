package dev.sirocco.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sirocco.model.RoutingListener;
import dev.sirocco.model.Transformer;
import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Answers several sequences together, step by step. Not thread-safe.
 *
 * @see Transformer
 * @see Sampler
 * @see Schedule
 */
final class Engine {

  private final Transformer transformer;
  private final float[] logits;

  Engine(Transformer transformer) {
    this.transformer = transformer;
    this.logits = new float[transformer.config().vocabSize()];
  }

  /** Steps until all sequences are finished. */
  void run(List<Sequence> sequences) {
    while (step(sequences)) {
      // every step does the work
    }
  }

  /**
   * Computes one batch and settles what it predicts: schedule, forward, sample, settle.
   *
   * @return whether any sequence was left to compute
   */
  boolean step(List<Sequence> sequences) {
    List<Sequence> running = sequences.stream().filter(Sequence::isRunning).toList();
    if (running.isEmpty()) {
      return false;
    }
    Schedule schedule = Schedule.of(running, transformer.maxRows());
    transformer.setRoutingListener(recorder(schedule));
    transformer.forward(schedule.batch());
    List<Schedule.Entry> complete = schedule.complete();
    for (int i = 0; i < complete.size(); i += Transformer.MAX_LOGIT_ROWS) {
      sample(complete.subList(i, Math.min(complete.size(), i + Transformer.MAX_LOGIT_ROWS)));
    }
    return true;
  }

  private void sample(List<Schedule.Entry> entries) {
    int[] rows = entries.stream().mapToInt(Schedule.Entry::lastRow).toArray();
    FloatMatrix predictions = transformer.logits(rows);
    for (int i = 0; i < rows.length; i++) {
      MemorySegment.copy(
          predictions.data(), JAVA_FLOAT, predictions.offset(i), logits, 0, logits.length);
      entries.get(i).sequence().settle(logits);
    }
  }

  /** Hands the router's decisions to the sequences that record them; empty if none does. */
  private static Optional<RoutingListener> recorder(Schedule schedule) {
    List<Schedule.Entry> recording =
        schedule.entries().stream().filter(e -> e.sequence().recordsRouting()).toList();
    if (recording.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        (layer, routing) -> {
          for (Schedule.Entry entry : recording) {
            for (int i = 0; i < entry.count(); i++) {
              entry.sequence().record(routing, entry.firstRow() + i, i);
            }
          }
        });
  }
}
