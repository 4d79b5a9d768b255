package dev.sirocco.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Chooses the next token of one sequence from the model's logits.
 *
 * <p>The order is: end tokens are forbidden if {@link GenerationOptions#ignoreEos}; logit bias;
 * repeat penalty over the tokens of prompt and answer; frequency and presence penalty over those of
 * the answer; then at temperature 0 the highest logit, of equal ones the lowest id; otherwise
 * temperature, top-k, top-p (Holtzman et al. 2020, section 3.1), min-p, each on what the one before
 * left, and one draw. Equal seeds and equal logits give equal tokens.
 *
 * <p>Not thread-safe; remembers the tokens it is told of.
 *
 * @see dev.sirocco.tokenizer.StreamingDecoder
 */
final class Sampler {

  private final GenerationOptions options;
  private final Set<Integer> endTokens;
  private final SplittableRandom random;
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
  }

  /** Remembers a token of the prompt. */
  void observePrompt(int token) {
    seen.add(token);
  }

  /** Remembers a token of the answer. */
  void observeAnswer(int token) {
    seen.add(token);
    answerCounts.merge(token, 1, Integer::sum);
  }

  /**
   * Chooses a token.
   *
   * @param logits [V]; overwritten
   * @throws IllegalStateException if biases forbid every token
   */
  int choose(float[] logits) {
    adjust(logits);
    int best = greedy(logits);
    if (logits[best] == Float.NEGATIVE_INFINITY) {
      throw new IllegalStateException("logit-bias forbids every token; allow at least one");
    }
    return options.temperature() == 0 ? best : Candidates.of(logits, options).draw(random);
  }

  private void adjust(float[] logits) {
    if (options.ignoreEos()) {
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
