package dev.sirocco.engine;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Carries the events of one request from the engine's thread to its reader. The engine never waits:
 * it looks whether there {@link #hasRoom} before it computes, and the end of an answer always fits.
 */
final class AnswerChannel implements AnswerStream {

  /** Events that may lie unread before the request pauses. */
  static final int CAPACITY = 64;

  private final int promptTokens;
  private final Runnable wakeEngine;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<AnswerEvent> events = new ArrayDeque<>();
  private int openAnswers;
  private Optional<RuntimeException> failure = Optional.empty();
  private volatile int unread;
  private volatile int cachedTokens;
  private volatile boolean cancelled;

  /**
   * @param promptTokens length of the prompt
   * @param answers how many answers it carries
   * @param wakeEngine called when the reader has caught up, or has cancelled
   */
  AnswerChannel(int promptTokens, int answers, Runnable wakeEngine) {
    this.promptTokens = promptTokens;
    this.openAnswers = answers;
    this.wakeEngine = wakeEngine;
  }

  @Override
  public int promptTokens() {
    return promptTokens;
  }

  @Override
  public int cachedTokens() {
    return cachedTokens;
  }

  void setCachedTokens(int count) {
    cachedTokens = count;
  }

  int unread() {
    return unread;
  }

  boolean hasRoom() {
    return unread < CAPACITY;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Adds a token, or text held back until the end. */
  void put(AnswerEvent.Token token) {
    change(() -> events.add(token));
  }

  /** Adds the end of an answer. */
  void end(AnswerEvent.End end) {
    change(
        () -> {
          events.add(end);
          openAnswers--;
        });
  }

  /** Ends the stream with an error, after the events that are there, and cancels what is left. */
  void fail(RuntimeException cause) {
    change(
        () -> {
          if (openAnswers > 0 && failure.isEmpty()) {
            failure = Optional.of(cause);
            cancelled = true;
          }
        });
  }

  private void change(Runnable action) {
    lock.lock();
    try {
      action.run();
      unread = events.size();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<AnswerEvent> next() throws InterruptedException {
    Optional<AnswerEvent> event;
    boolean caughtUp;
    lock.lockInterruptibly();
    try {
      while (events.isEmpty() && openAnswers > 0 && failure.isEmpty()) {
        changed.await();
      }
      event = Optional.ofNullable(events.poll());
      unread = events.size();
      caughtUp = unread == CAPACITY / 2;
      if (event.isEmpty() && failure.isPresent()) {
        throw failure.get();
      }
    } finally {
      lock.unlock();
    }
    if (caughtUp) {
      wakeEngine.run();
    }
    return event;
  }

  @Override
  public void cancel() {
    if (!cancelled) {
      cancelled = true;
      wakeEngine.run();
    }
  }
}
