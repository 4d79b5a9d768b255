package dev.sirocco.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * Decides what the next step computes: one token for each sequence that decodes, and with what is
 * left of the budget chunks of prompts, first those that are being read, then new ones.
 *
 * <p>Order is that of {@link Rank}. When the blocks of the pool run out, the last in this order
 * (before it those whose reader has fallen behind) gives its blocks back and waits; what it had is
 * computed again later. The first in the order never has to, and since every sequence alone fits
 * the pool, all are answered.
 *
 * <p>While answers are written, a step reads at most {@link #PROMPT_BESIDE_ANSWERS} tokens of
 * prompts, since all answers wait for it. Example with a budget of 512: a prompt of 2,000 tokens is
 * read in chunks of 512 while it is alone; beside three answers that decode, in chunks of 128, and
 * each step gives the three their next token.
 *
 * <p>Not thread-safe.
 *
 * @see Schedule
 * @see BlockManager
 */
final class Scheduler {

  /** Products of so many rows are about as fast, for each, as those of more. */
  static final int PROMPT_BESIDE_ANSWERS = 128;

  private static final Comparator<Sequence> BY_RANK =
      Comparator.comparing(Sequence::rank, Rank.ORDER);

  private final int budget;
  private final int maxRunning;
  private final IntSupplier availableBlocks;
  private final List<Sequence> waiting = new ArrayList<>();
  private final List<Sequence> running = new ArrayList<>();
  private final List<Sequence> finished = new ArrayList<>();
  private int firstTurn;
  private long preemptions;

  /**
   * @param budget most tokens of a step
   * @param maxRunning most sequences computed in turn
   * @param availableBlocks how many blocks of the pool can be taken
   */
  Scheduler(int budget, int maxRunning, IntSupplier availableBlocks) {
    this.budget = budget;
    this.maxRunning = maxRunning;
    this.availableBlocks = availableBlocks;
  }

  /** A scheduler for sequences whose memory grows by itself. */
  static Scheduler unbounded(int budget) {
    return new Scheduler(budget, Integer.MAX_VALUE, () -> Integer.MAX_VALUE);
  }

  void add(Sequence sequence) {
    waiting.add(sequence);
  }

  /** Sequences that hold blocks and are computed. */
  int running() {
    return running.size();
  }

  /** Sequences that wait, for the first time or again. */
  List<Sequence> waiting() {
    return waiting;
  }

  long preemptions() {
    return preemptions;
  }

  boolean isEmpty() {
    return waiting.isEmpty() && running.isEmpty() && finished.isEmpty();
  }

  /** All sequences that are not finished. */
  List<Sequence> all() {
    List<Sequence> all = new ArrayList<>(running);
    all.addAll(waiting);
    return all;
  }

  /** The sequences that ended since the last call; their memory is released. */
  List<Sequence> takeFinished() {
    List<Sequence> taken = List.copyOf(finished);
    finished.clear();
    return taken;
  }

  /** What the next step computes; empty if there is nothing to do for now. */
  Schedule next() {
    all().forEach(Sequence::poll);
    retire();
    Schedule.Builder plan = new Schedule.Builder();
    List<Sequence> ready = running.stream().filter(s -> !s.isPaused()).sorted(BY_RANK).toList();
    List<Sequence> turns = decodeTurns(ready);
    int left = budget - turns.size();
    if (!turns.isEmpty()) {
      left = Math.min(left, PROMPT_BESIDE_ANSWERS);
    }
    for (Sequence sequence : ready) {
      boolean decodes = sequence.pending() == 1;
      int wanted = decodes ? (turns.contains(sequence) ? 1 : 0) : left;
      int count = running.contains(sequence) ? makeRoom(sequence, wanted, plan) : 0;
      plan.add(sequence, count);
      left -= decodes ? 0 : count;
    }
    admit(plan, left);
    return plan.build();
  }

  /** Those that decode in this step: all, or if there are more than the budget, in turn. */
  private List<Sequence> decodeTurns(List<Sequence> ready) {
    List<Sequence> decoding = ready.stream().filter(s -> s.pending() == 1).toList();
    if (decoding.size() <= budget) {
      return decoding;
    }
    List<Sequence> turns = new ArrayList<>();
    for (int i = 0; i < budget; i++) {
      turns.add(decoding.get((firstTurn + i) % decoding.size()));
    }
    firstTurn = (firstTurn + budget) % decoding.size();
    return turns;
  }

  /** Reserves room for up to {@code wanted} tokens, at the cost of those that come later. */
  private int makeRoom(Sequence sequence, int wanted, Schedule.Builder plan) {
    int most = Math.min(wanted, sequence.pending());
    int count = sequence.memory().room(most);
    while (count < most && preemptAfter(sequence, plan)) {
      count = sequence.memory().room(most);
    }
    if (count > 0) {
      sequence.memory().reserve(count);
    }
    return count;
  }

  /** Takes the blocks of one that comes after {@code sequence}; false if there is none. */
  private boolean preemptAfter(Sequence sequence, Schedule.Builder plan) {
    Comparator<Sequence> lastFirst =
        Comparator.comparing(Sequence::isPaused).thenComparing(BY_RANK).reversed();
    return running.stream()
        .filter(s -> !s.equals(sequence) && !plan.contains(s))
        .filter(s -> s.isPaused() || sequence.rank().isBefore(s.rank()))
        .min(lastFirst)
        .map(this::preempt)
        .orElse(false);
  }

  private boolean preempt(Sequence victim) {
    victim.memory().release();
    running.remove(victim);
    waiting.add(victim);
    preemptions++;
    return true;
  }

  private void admit(Schedule.Builder plan, int budgetLeft) {
    int left = budgetLeft;
    while (left > 0 && seatsTaken() < maxRunning) {
      Sequence next = waiting.stream().filter(this::mayStart).min(BY_RANK).orElse(null);
      if (next == null || !start(next, plan)) {
        return;
      }
      int count = makeRoom(next, left, plan);
      plan.add(next, count);
      left -= count;
    }
  }

  private long seatsTaken() {
    return running.stream().filter(s -> !s.isPaused()).count();
  }

  /** A sequence waits while its reader has fallen behind or a sibling reads their prompt. */
  private boolean mayStart(Sequence sequence) {
    return !sequence.isPaused()
        && running.stream().noneMatch(s -> s.isSibling(sequence) && s.isReadingPrompt());
  }

  /** Moves a waiting sequence to the running ones, if there are blocks for all its tokens. */
  private boolean start(Sequence next, Schedule.Builder plan) {
    next.begin();
    while (!fits(next)) {
      boolean freed = running.stream().anyMatch(Sequence::isPaused) && preemptAfter(next, plan);
      if (!freed) {
        next.memory().release();
        return false;
      }
    }
    waiting.remove(next);
    running.add(next);
    waiting.forEach(s -> s.rank().sawAdmitted(next.rank()));
    return true;
  }

  private boolean fits(Sequence next) {
    long promised = running.stream().mapToLong(s -> s.memory().missingBlocks(s.pending())).sum();
    long left = availableBlocks.getAsInt() - promised;
    return running.isEmpty() || left >= next.memory().missingBlocks(next.pending() + 1);
  }

  /** Lets the siblings of a sequence that has just read their prompt take up what it computed. */
  List<Sequence> fork(Sequence leader) {
    List<Sequence> forked = new ArrayList<>();
    for (Sequence s : List.copyOf(waiting)) {
      if (seatsTaken() < maxRunning && s.isSibling(leader) && !s.hasBegun()) {
        s.fork(leader);
        waiting.remove(s);
        running.add(s);
        forked.add(s);
      }
    }
    return forked;
  }

  /** After a step: shares and gives back blocks, and takes out what has ended. */
  void settle(Schedule schedule) {
    for (Schedule.Entry entry : schedule.entries()) {
      entry.sequence().computed();
      entry.sequence().memory().settle();
    }
    retire();
  }

  private void retire() {
    for (List<Sequence> list : List.of(running, waiting)) {
      for (Sequence s : List.copyOf(list)) {
        if (s.isFinished()) {
          list.remove(s);
          s.memory().release();
          finished.add(s);
        }
      }
    }
  }
}
