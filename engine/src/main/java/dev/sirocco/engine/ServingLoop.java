package dev.sirocco.engine;

import dev.sirocco.model.KvPool;
import dev.sirocco.model.Transformer;
import dev.sirocco.weights.MoeConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the thread of a serving engine does: takes in what has arrived, lets the {@link Engine} make
 * a step, hands on what has ended, and sleeps while there is nothing to do.
 */
final class ServingLoop implements Runnable {

  private static final System.Logger LOG = System.getLogger(ServingLoop.class.getName());

  private final LanguageModel model;
  private final Transformer transformer;
  private final Engine engine;
  private final KvPool pool;
  private final BlockManager blocks;
  private final Scheduler scheduler;
  private final Inbox inbox;
  private final ServingTally tally;
  private final int nExperts;
  private long preemptionsTold;
  private volatile boolean stopping;
  private volatile EngineStatus status;

  ServingLoop(
      LanguageModel model,
      BlockManager blocks,
      Scheduler scheduler,
      Inbox inbox,
      ServingTally tally) {
    this.model = model;
    this.transformer = model.transformer();
    this.engine = new Engine(transformer);
    this.pool = blocks.pool();
    this.blocks = blocks;
    this.scheduler = scheduler;
    this.inbox = inbox;
    this.tally = tally;
    this.nExperts = transformer.config().moe().map(MoeConfig::nExperts).orElse(0);
    this.status = snapshot();
  }

  /** What the engine held after the last step. */
  EngineStatus status() {
    return status;
  }

  /** Ends all requests and the thread. */
  void stop() {
    stopping = true;
    inbox.close("the engine is closed");
  }

  @Override
  public void run() {
    try {
      while (!stopping) {
        inbox.take().forEach(scheduler::add);
        if (!step()) {
          inbox.await(nanosToDeadline());
        }
      }
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "the engine's thread failed", e);
      inbox.close("the engine failed: " + e);
    } finally {
      end();
    }
  }

  /** One step; false if there was nothing to do. */
  private boolean step() {
    long started = System.nanoTime();
    Schedule schedule = engine.step(scheduler, tally.listeners().routingListener(nExperts));
    tellStep(schedule, Duration.ofNanos(System.nanoTime() - started));
    List<Sequence> finished = scheduler.takeFinished();
    status = snapshot();
    deliver(finished);
    return !schedule.isEmpty() || !finished.isEmpty();
  }

  private void tellStep(Schedule schedule, Duration took) {
    if (!schedule.isEmpty()) {
      int sequences = schedule.entries().size();
      tally.listeners().tell(l -> l.stepped(schedule.rows(), sequences, took));
    }
    for (; preemptionsTold < scheduler.preemptions(); preemptionsTold++) {
      tally.listeners().tell(EngineListener::preempted);
    }
  }

  private void deliver(List<Sequence> finished) {
    if (!finished.isEmpty()) {
      inbox.finished(finished.size());
      finished.forEach(sequence -> sequence.deliver(model.loadMillis()));
    }
  }

  private EngineStatus snapshot() {
    return new EngineStatus(
        scheduler.waiting().size(),
        scheduler.running(),
        pool.blocks(),
        blocks.used(),
        blocks.cachedBlocks(),
        tally.prefixLookups(),
        tally.prefixHits(),
        scheduler.preemptions());
  }

  private OptionalLong nanosToDeadline() {
    return scheduler.all().stream()
        .map(Sequence::nanosLeft)
        .filter(OptionalLong::isPresent)
        .mapToLong(OptionalLong::getAsLong)
        .min();
  }

  /** Fails what is left, and gives the model back. */
  private void end() {
    List<Sequence> left = new ArrayList<>(scheduler.all());
    left.addAll(scheduler.takeFinished());
    left.addAll(inbox.take());
    for (Sequence sequence : left) {
      if (!sequence.isFinished()) {
        sequence.fail(
            new EngineClosedException("the engine was closed before the answer was complete"));
      }
    }
    transformer.setRoutingListener(Optional.empty());
    transformer.setHiddenStateListener(Optional.empty());
    pool.close();
    model.endServing();
    status =
        new EngineStatus(
            0,
            0,
            pool.blocks(),
            0,
            0,
            tally.prefixLookups(),
            tally.prefixHits(),
            scheduler.preemptions());
    deliver(left);
  }
}
