package dev.sirocco.kernels;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Persistent worker threads that share the items of one loop at a time.
 *
 * <p>The caller takes part as worker 0. Each thread has an even share of consecutive items, and
 * takes them in ascending order, so that what it asks memory for ahead is what it works on next.
 * One that has done its share takes the second half of the largest that is left, so uneven costs
 * and threads that the operating system holds up balance themselves. Threads that wait for work, or
 * for the others to finish, spin briefly and then park; an idle pool uses no CPU. Workers are woken
 * along a binary tree, so that starting many takes few steps; one that wakes when no item is left
 * is not waited for.
 *
 * <p>Example: of 32 items with a grain of 2, the second of two threads has [16, 32), and does [16,
 * 20), [20, 22), [22, 24) and so on: a quarter of what it has left, in whole grains and at least
 * one. If the first is done by then it takes [28, 32). A pool of 64 wakes 15 workers for it.
 *
 * <p>{@link #run} may be called by one thread at a time. Allocates nothing per loop.
 */
public final class WorkerPool implements AutoCloseable {

  /** The body of a loop. */
  @FunctionalInterface
  public interface Body {

    /**
     * Does the items {@code from} to {@code to - 1}.
     *
     * @param worker the index of the thread that works, 0 to {@link WorkerPool#threads()} - 1; for
     *     choosing scratch memory
     */
    void run(int worker, int from, int to);
  }

  private static final int SPINS = 4_000;

  /** Counters lie apart, so that no two share a cache line. */
  private static final int APART = 16;

  /**
   * Loop number, whether threads may still join in, and in the low 16 bits how many are at work.
   */
  private static final int STATE = APART;

  private static final long OPEN = 1 << 16;
  private static final int LOOP_SHIFT = 17;

  /** Loop number, and in the low 16 bits how many threads take part; -1 ends the workers. */
  private static final int TICKET = 2 * APART;

  private static final long CLOSED = -1;
  private static final int MOST_THREADS = 1 << 12;

  private final AtomicLongArray counters = new AtomicLongArray(3 * APART);

  /** What each thread has left: first item in the upper, end in the lower 32 bits. */
  private final AtomicLongArray shares;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final AtomicBoolean busy = new AtomicBoolean();
  private final Worker[] workers;
  private final int threads;

  private int grain;
  private int sharers = 1;
  private Body body = (worker, from, to) -> {};
  private volatile Thread waiter = Thread.currentThread();

  /**
   * Starts {@code threads - 1} workers.
   *
   * @throws IllegalArgumentException if {@code threads} is not 1 to 4096
   */
  public WorkerPool(int threads) {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "a pool has 1 to %d threads, not %d".formatted(MOST_THREADS, threads));
    }
    this.threads = threads;
    this.shares = new AtomicLongArray((threads + 1) * APART);
    this.workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
    }
    for (Worker worker : workers) {
      worker.start();
    }
  }

  /** Threads that share the work, the caller's included. */
  public int threads() {
    return threads;
  }

  /**
   * Runs {@code body} for all items and returns when they are done.
   *
   * @param items number of items, 0 or more
   * @param grain items are claimed in multiples of so many, at least 1
   * @throws IllegalStateException if the pool is closed, or is running another loop
   * @throws RuntimeException what the body threw, in whichever thread; the other threads finish
   *     their current chunk and claim no more
   */
  public void run(int items, int grain, Body body) {
    if (!busy.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "this pool is running another loop; one thread at a time may use it");
    }
    try {
      if (counters.get(TICKET) == CLOSED) {
        throw new IllegalStateException("the worker pool is closed");
      }
      long chunks = ((long) items + grain - 1) / grain;
      int participants = (int) Math.min(threads, chunks);
      if (participants > 1) {
        handOut(items, chunks, grain, participants);
        share(participants, body);
      } else if (items > 0) {
        body.run(0, 0, items);
      }
    } finally {
      busy.set(false);
    }
  }

  /** Gives each thread an even share of the chunks; the start of the loop makes them visible. */
  private void handOut(int items, long chunks, int grain, int participants) {
    this.grain = grain;
    for (int i = 0; i < participants; i++) {
      long from = chunks * i / participants * grain;
      long to = Math.min(items, chunks * (i + 1) / participants * grain);
      shares.setPlain(at(i), range((int) from, (int) to));
    }
  }

  private void share(int participants, Body body) {
    this.body = body;
    this.sharers = participants;
    waiter = Thread.currentThread();
    failure.set(null);
    long loop = (counters.get(TICKET) >> 16) + 1;
    counters.set(STATE, loop << LOOP_SHIFT | OPEN);
    counters.set(TICKET, loop << 16 | participants);
    wakeChildren(0, participants);
    work(0);
    counters.getAndAdd(STATE, -OPEN);
    awaitOthers();
    Throwable thrown = failure.getAndSet(null);
    if (thrown != null) {
      throw asUnchecked(thrown);
    }
  }

  /** Claims and does chunks until none is left, or until a thread failed. */
  private void work(int worker) {
    Body loop = body;
    try {
      for (long chunk = claim(worker);
          size(chunk) > 0 && failure.get() == null;
          chunk = claim(worker)) {
        loop.run(worker, from(chunk), to(chunk));
      }
    } catch (Throwable t) {
      if (!failure.compareAndSet(null, t)) {
        Throwable first = failure.get();
        if (first != null && !first.equals(t)) {
          first.addSuppressed(t);
        }
      }
    }
  }

  /** The next items of a thread: a quarter of its share, or of what it takes over; may be empty. */
  private long claim(int worker) {
    for (long share = shares.get(at(worker)); size(share) > 0; share = shares.get(at(worker))) {
      int end = from(share) + portion(size(share));
      if (shares.compareAndSet(at(worker), share, range(end, to(share)))) {
        return range(from(share), end);
      }
    }
    return takeOver(worker);
  }

  /** Makes the second half of the largest share the thread's own, and claims of that. */
  private long takeOver(int worker) {
    for (int victim = largestShare(); victim >= 0; victim = largestShare()) {
      long share = shares.get(at(victim));
      int middle = from(share) + size(share) / 2 / grain * grain;
      if (size(share) > 0 && shares.compareAndSet(at(victim), share, range(from(share), middle))) {
        int end = middle + portion(to(share) - middle);
        shares.set(at(worker), range(end, to(share)));
        return range(middle, end);
      }
    }
    return 0;
  }

  /** How many of the items of a share to claim. */
  private int portion(int size) {
    return Math.min(size, Math.max(grain, size / 4 / grain * grain));
  }

  /** Place of a thread's share, on a line of its own, and not on that of the array's length. */
  private static int at(int worker) {
    return (worker + 1) * APART;
  }

  /** Which thread has most left; -1 if none has any. */
  private int largestShare() {
    int largest = -1;
    int most = 0;
    for (int i = 0; i < sharers; i++) {
      int size = size(shares.get(at(i)));
      if (size > most) {
        most = size;
        largest = i;
      }
    }
    return largest;
  }

  private static long range(int from, int to) {
    return (long) from << 32 | to;
  }

  private static int from(long range) {
    return (int) (range >> 32);
  }

  private static int to(long range) {
    return (int) range;
  }

  private static int size(long range) {
    return to(range) - from(range);
  }

  /** Counts the calling worker as one at work on a loop; false if that loop is over. */
  private boolean enter(long loop) {
    for (long state = counters.get(STATE);
        state >> LOOP_SHIFT == loop && (state & OPEN) != 0;
        state = counters.get(STATE)) {
      if (counters.compareAndSet(STATE, state, state + 1)) {
        return true;
      }
    }
    return false;
  }

  /** Undoes {@link #enter}; the last one out wakes the caller, if it waits already. */
  private void leave(Thread caller) {
    if ((counters.decrementAndGet(STATE) & (OPEN | 0xFFFF)) == 0) {
      LockSupport.unpark(caller);
    }
  }

  private void awaitOthers() {
    boolean interrupted = false;
    for (int spins = 0; (counters.get(STATE) & 0xFFFF) != 0; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void wakeChildren(int index, int participants) {
    for (int child = 2 * index + 1; child <= 2 * index + 2 && child < participants; child++) {
      workers[child - 1].wake();
    }
  }

  private static RuntimeException asUnchecked(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }

  /** Ends the workers and waits for them; closing twice is allowed. */
  @Override
  public void close() {
    counters.set(TICKET, CLOSED);
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
    boolean interrupted = false;
    for (Worker worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One persistent thread. */
  private final class Worker extends Thread {

    private final int index;
    private volatile boolean parked;

    Worker(int index) {
      super("sirocco-worker-" + index);
      this.index = index;
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      long seen = 0;
      for (long ticket = next(seen); ticket != CLOSED; ticket = next(seen)) {
        seen = ticket;
        int participants = (int) (ticket & 0xFFFF);
        if (index < participants) {
          wakeChildren(index, participants);
          if (enter(ticket >> 16)) {
            Thread caller = waiter;
            work(index);
            leave(caller);
          }
        }
      }
    }

    /** The first ticket that is not {@code seen}. */
    private long next(long seen) {
      for (int spins = 0; spins < SPINS; spins++) {
        long ticket = counters.get(TICKET);
        if (ticket != seen) {
          return ticket;
        }
        Thread.onSpinWait();
      }
      parked = true;
      long ticket = counters.get(TICKET);
      while (ticket == seen) {
        LockSupport.park(WorkerPool.this);
        ticket = counters.get(TICKET);
      }
      parked = false;
      return ticket;
    }
  }
}
