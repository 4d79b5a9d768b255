package dev.sirocco.engine;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Where an answer goes, and where the wish to end it comes from. */
interface AnswerOutlet {

  /** Why the answer is to end now, if it is. */
  Optional<FinishReason> interruption();

  /** Whether it takes more tokens for now. */
  boolean isOpen();

  /** The answer's prompt begins to be read; so many of its tokens were found in the cache. */
  void begun(int cachedTokens);

  /** A token was chosen. */
  void token(GeneratedToken token, List<TokenProbability> top);

  /** The answer is complete, and its memory given back. */
  void end(Generation generation);

  /** The answer came to nothing. */
  void fail(RuntimeException cause);

  /** Nanoseconds until {@link #interruption} may be asked for; empty if time does not matter. */
  OptionalLong nanosLeft();

  /** An outlet to a listener that is never full. */
  static AnswerOutlet of(Consumer<GeneratedToken> listener, BooleanSupplier cancelled) {
    return new AnswerOutlet() {
      @Override
      public Optional<FinishReason> interruption() {
        return cancelled.getAsBoolean() ? Optional.of(FinishReason.CANCELLED) : Optional.empty();
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void begun(int cachedTokens) {
        // told with the answer
      }

      @Override
      public void token(GeneratedToken token, List<TokenProbability> top) {
        listener.accept(token);
      }

      @Override
      public void end(Generation generation) {
        // told to the caller
      }

      @Override
      public void fail(RuntimeException cause) {
        // thrown to the caller
      }

      @Override
      public OptionalLong nanosLeft() {
        return OptionalLong.empty();
      }
    };
  }
}
