package dev.sirocco.engine.constrain;

import dev.sirocco.engine.constrain.core.AutomatonState;
import java.io.ByteArrayOutputStream;
import java.util.OptionalInt;

/**
 * How far one sequence has come under a {@link Constraint}. Not thread-safe; states of the same
 * constraint may be used by different threads.
 */
public final class ConstraintState {

  private final Constraint constraint;
  private AutomatonState state;
  private boolean finished;

  ConstraintState(Constraint constraint, AutomatonState state) {
    this.constraint = constraint;
    this.state = state;
  }

  /**
   * The tokens that may come next: bit {@code id % 64} of word {@code id / 64}. End tokens are
   * among them where the text may end; nothing is once it has. The array is shared and not to be
   * changed.
   */
  public long[] mask() {
    return finished ? new long[constraint.vocabulary().words()] : constraint.mask(state);
  }

  /** Whether token {@code id} may come next; quicker than the whole mask. */
  public boolean admits(int id) {
    if (finished || id < 0 || id >= constraint.vocabulary().size()) {
      return false;
    }
    return constraint.vocabulary().isEndOfGeneration(id)
        ? state.accepting()
        : constraint.vocabulary().length(id) > 0 && constraint.next(state, id) != null;
  }

  /**
   * Goes on with a token.
   *
   * @throws IllegalArgumentException if it may not come here
   */
  public void accept(int id) {
    if (!admits(id)) {
      throw new IllegalArgumentException(
          "token %d may not come here; choose one of those that mask() names".formatted(id));
    }
    if (constraint.vocabulary().isEndOfGeneration(id)) {
      finished = true;
    } else {
      AutomatonState next = constraint.next(state, id);
      state = next == null ? state : next;
    }
  }

  /** Goes on with bytes from {@code from}; false, and as before, if they may not come here. */
  boolean acceptText(byte[] bytes, int from) {
    AutomatonState next = state;
    for (int i = from; next != null && i < bytes.length; i++) {
      next = constraint.nextByte(next, bytes[i] & 0xFF);
    }
    if (next != null) {
      state = next;
    }
    return next != null && !finished;
  }

  /** Whether the text so far has the wanted form as it is. */
  public boolean isComplete() {
    return state.accepting();
  }

  /** Whether an end token has been accepted. */
  public boolean isFinished() {
    return finished;
  }

  /** The only token that may come next, if there is just one. */
  public OptionalInt forcedToken() {
    int found = -1;
    long[] mask = mask();
    for (int w = 0; w < mask.length; w++) {
      if (mask[w] != 0) {
        if (found >= 0 || Long.bitCount(mask[w]) > 1) {
          return OptionalInt.empty();
        }
        found = (w << 6) + Long.numberOfTrailingZeros(mask[w]);
      }
    }
    return found < 0 ? OptionalInt.empty() : OptionalInt.of(found);
  }

  /** The bytes that must come next, as far as there is no choice; at most {@code limit}. */
  public byte[] forcedBytes(int limit) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    AutomatonState at = state;
    while (!finished && at != null && bytes.size() < limit) {
      int b = constraint.forcedByte(at);
      if (b < 0) {
        break;
      }
      bytes.write(b);
      at = constraint.nextByte(at, b);
    }
    return bytes.toByteArray();
  }

  /** A state of its own that has come as far as this one. */
  public ConstraintState fork() {
    ConstraintState fork = new ConstraintState(constraint, state);
    fork.finished = finished;
    return fork;
  }
}
