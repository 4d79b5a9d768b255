package dev.sirocco.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The way into the engine's thread: new sequences, and the sign that something has changed. */
final class Inbox {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final int mostUnfinished;
  private List<Sequence> arrivals = new ArrayList<>();
  private boolean awake;
  private int unfinished;
  private long arrivalsSoFar;
  private @Nullable String closedBecause;

  /**
   * @param mostUnfinished sequences that may be in the engine before new requests are refused
   */
  Inbox(int mostUnfinished) {
    this.mostUnfinished = mostUnfinished;
  }

  /** Sequences that may be in the engine before new requests are refused. */
  int mostUnfinished() {
    return mostUnfinished;
  }

  /** Makes the sequences of a request from the first one's place in the order of arrival. */
  interface Maker {
    List<? extends Sequence> make(long firstArrival);
  }

  /**
   * Adds a request.
   *
   * @throws QueueFullException if too many are unfinished
   * @throws EngineClosedException if the engine takes no more
   */
  void add(int sequences, Maker maker) {
    lock.lock();
    try {
      if (closedBecause != null) {
        throw new EngineClosedException(closedBecause);
      }
      if (unfinished >= mostUnfinished) {
        throw new QueueFullException(
            "%d sequences are being answered or wait, and no more than %d may; try again later"
                .formatted(unfinished, mostUnfinished));
      }
      arrivals.addAll(maker.make(arrivalsSoFar));
      arrivalsSoFar += sequences;
      unfinished += sequences;
      signal();
    } finally {
      lock.unlock();
    }
  }

  /** Takes what has arrived. */
  List<Sequence> take() {
    lock.lock();
    try {
      awake = false;
      List<Sequence> taken = arrivals;
      arrivals = new ArrayList<>();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something has changed since the last {@link #take}, or for so long. */
  void await(OptionalLong nanos) {
    lock.lock();
    try {
      long left = nanos.orElse(Long.MAX_VALUE);
      while (!awake && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("the engine's thread was interrupted from outside", e);
    } finally {
      lock.unlock();
    }
  }

  /** Lets the engine look around. */
  void wake() {
    lock.lock();
    try {
      signal();
    } finally {
      lock.unlock();
    }
  }

  private void signal() {
    awake = true;
    changed.signalAll();
  }

  /** Takes no more requests from now on. */
  void close(String reason) {
    lock.lock();
    try {
      if (closedBecause == null) {
        closedBecause = reason;
      }
      signal();
    } finally {
      lock.unlock();
    }
  }

  /** Notes that sequences have ended. */
  void finished(int sequences) {
    lock.lock();
    try {
      unfinished -= sequences;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Sequences that have arrived and whose end has not been told. */
  int unfinished() {
    lock.lock();
    try {
      return unfinished;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing is unfinished; false if that takes longer. */
  boolean awaitEmpty(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (unfinished > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
      return unfinished == 0;
    } finally {
      lock.unlock();
    }
  }
}
