package dev.sirocco.engine.constrain.core;

/**
 * Counts the steps of making an automaton, so that no pattern or grammar holds up its thread for
 * long: steps are counted rather than time, so that the same text always meets the same bound. Not
 * thread-safe.
 */
public final class Work {

  /** Steps that compiling a constraint may take. */
  public static final long WHILE_COMPILING = 4_000_000;

  /** Steps that one mask or one token may take. */
  public static final long FOR_ONE_TOKEN = 1_000_000;

  private final String prefix;
  private long limit = WHILE_COMPILING;
  private long done;

  /** Work on something that those who spend it name. */
  public Work() {
    this("");
  }

  /**
   * Work on one thing.
   *
   * @param subject what messages begin with, such as {@code pattern 'a+'}; empty for nothing
   */
  public Work(String subject) {
    this.prefix = subject.isEmpty() ? "" : subject + ": ";
  }

  /** Starts the work for one mask or token. */
  public void begin() {
    limit = FOR_ONE_TOKEN;
    done = 0;
  }

  /**
   * Counts {@code steps}.
   *
   * @throws ConstraintException if there were too many since the work began
   */
  public void spend(long steps) {
    done += steps;
    if (done > limit) {
      throw new ConstraintException(
          ("%sthe patterns or rules are too entangled: following them takes more than %,d steps for"
                  + " one %s; use smaller repetitions, fewer look-aheads or fewer alternatives")
              .formatted(prefix, limit, limit == FOR_ONE_TOKEN ? "token" : "constraint"));
    }
  }
}
