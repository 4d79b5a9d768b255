package dev.sirocco.engine;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.ConstraintState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Chooses the next token of one sequence from the model's logits.
 *
 * <p>The order is: what the constraint does not admit is forbidden; end tokens are forbidden if
 * {@link GenerationOptions#ignoreEos}; logit bias; repeat penalty over the tokens of prompt and
 * answer; frequency and presence penalty over those of the answer; then at temperature 0 the
 * highest logit, of equal ones the lowest id; otherwise temperature, top-k, top-p (Holtzman et al.
 * 2020, section 3.1), min-p, each on what the one before left, and one draw. Equal seeds and equal
 * logits give equal tokens.
 *
 * <p>Not thread-safe; remembers the tokens it is told of.
 *
 * @see dev.sirocco.tokenizer.StreamingDecoder
 */
final class Sampler {

  private final GenerationOptions options;
  private final Set<Integer> endTokens;
  private final SplittableRandom random;
  private final Optional<ConstraintState> constraint;
  private final Set<Integer> seen = new HashSet<>();
  private final Map<Integer, Integer> answerCounts = new HashMap<>();

  /**
   * @param options how to choose
   * @param seed of the random draws
   * @param endTokens tokens that end an answer
   */
  Sampler(GenerationOptions options, long seed, Set<Integer> endTokens) {
    this.options = options;
    this.endTokens = endTokens;
    this.random = new SplittableRandom(seed);
    this.constraint = options.constraint().map(Constraint::newState);
  }

  /** Remembers a token of the prompt. */
  void observePrompt(int token) {
    seen.add(token);
  }

  /** Remembers a token of the answer. */
  void observeAnswer(int token) {
    seen.add(token);
    constraint.ifPresent(state -> state.accept(token));
    answerCounts.merge(token, 1, Integer::sum);
  }

  /**
   * Chooses a token.
   *
   * @param logits [V]; overwritten
   * @throws IllegalStateException if biases forbid every token that may come
   */
  int choose(float[] logits) {
    constraint.ifPresent(state -> allowOnly(state.mask(), logits));
    adjust(logits);
    int best = greedy(logits);
    if (logits[best] == Float.NEGATIVE_INFINITY) {
      throw new IllegalStateException(
          constraint.isPresent()
              ? "logit-bias forbids every token that the constraint admits here; allow at least one"
              : "logit-bias forbids every token; allow at least one");
    }
    return options.temperature() == 0 ? best : Candidates.of(logits, options).draw(random);
  }

  /** Forbids the tokens whose bit is not set, and those the mask does not know. */
  private static void allowOnly(long[] mask, float[] logits) {
    for (int id = 0; id < logits.length; id++) {
      int word = id >> 6;
      if (word >= mask.length || (mask[word] >>> id & 1) == 0) {
        logits[id] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** Whether the constraint admits nothing but the end; so the answer is complete. */
  boolean isExhausted() {
    if (constraint.isEmpty() || !constraint.get().isComplete()) {
      return false;
    }
    long[] mask = constraint.get().mask();
    long admitted = 0;
    for (long word : mask) {
      admitted += Long.bitCount(word);
    }
    return admitted == endTokens.stream().filter(id -> isSet(mask, id)).count();
  }

  private static boolean isSet(long[] mask, int id) {
    return id >> 6 < mask.length && (mask[id >> 6] >>> id & 1) != 0;
  }

  private void adjust(float[] logits) {
    if (options.ignoreEos() && !isExhausted()) {
      endTokens.forEach(id -> logits[id] = Float.NEGATIVE_INFINITY);
    }
    options.logitBias().forEach((id, bias) -> logits[id] += bias.floatValue());
    if (options.repeatPenalty() != 1) {
      seen.forEach(id -> logits[id] = repeated(logits[id]));
    }
    answerCounts.forEach(
        (id, count) ->
            logits[id] -= (float) (count * options.frequencyPenalty() + options.presencePenalty()));
  }

  private float repeated(float logit) {
    double penalty = options.repeatPenalty();
    return (float) (logit > 0 ? logit / penalty : logit * penalty);
  }

  /** The index of the largest element, of equal ones the lowest. */
  static int greedy(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      if (logits[id] > logits[best]) {
        best = id;
      }
    }
    return best;
  }
}
