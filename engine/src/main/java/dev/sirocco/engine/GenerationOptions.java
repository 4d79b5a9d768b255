package dev.sirocco.engine;

import dev.sirocco.engine.constrain.Constraint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How tokens are chosen, and when an answer ends. Immutable; made by {@link #builder()}.
 *
 * <p>{@link Sampler} applies the options in this order: logit bias, repeat penalty, frequency and
 * presence penalty, then, unless the temperature is 0, temperature, top-k, top-p, min-p, and a draw
 * from what is left. At temperature 0 the highest logit wins, and of equal ones the lowest id.
 *
 * @param maxTokens most tokens of the answer, at least 0; the context bounds it as well
 * @param temperature divides the logits; 0 for greedy, at most 100
 * @param topK only the K most likely tokens are drawn from; 0 for all
 * @param topP only the smallest set of most likely tokens whose probability reaches P; above 0, at
 *     most 1 (all)
 * @param minP only tokens at least P times as likely as the most likely one; 0 for all
 * @param repeatPenalty divides the positive and multiplies the negative logits of tokens that the
 *     prompt or the answer contains; above 0, 1 for none (Keskar et al. 2019, section 4.1)
 * @param presencePenalty is subtracted from the logits of tokens that the answer contains; -2 to 2
 * @param frequencyPenalty is subtracted as often as the answer contains the token; -2 to 2
 * @param logitBias is added to the logits of these tokens; negative infinity forbids one
 * @param seed of the random draw; if empty, a new one each time
 * @param stop texts before which the answer ends; not empty
 * @param ignoreEos whether end tokens are never chosen, so that only length and stop strings end
 *     the answer
 * @param recordRouting whether {@link Generation#routing()} is filled
 * @param topLogprobs how many of the most likely tokens are told with each token; 0 for none
 * @param constraint the form that the answer must have; only tokens that it admits are chosen
 * @param expertsPerToken experts each token of the request uses, instead of the model's number
 */
public record GenerationOptions(
    int maxTokens,
    double temperature,
    int topK,
    double topP,
    double minP,
    double repeatPenalty,
    double presencePenalty,
    double frequencyPenalty,
    Map<Integer, Double> logitBias,
    OptionalLong seed,
    List<String> stop,
    boolean ignoreEos,
    boolean recordRouting,
    int topLogprobs,
    Optional<Constraint> constraint,
    OptionalInt expertsPerToken) {

  /**
   * @throws IllegalArgumentException if a value is out of range
   */
  public GenerationOptions {
    Checks.range("max-tokens", maxTokens, 0, Integer.MAX_VALUE);
    Checks.range("temperature", temperature, 0, 100);
    Checks.range("top-k", topK, 0, Integer.MAX_VALUE);
    requireAboveZero("top-p", topP, 1);
    Checks.range("min-p", minP, 0, 1);
    requireAboveZero("repeat-penalty", repeatPenalty, 100);
    Checks.range("presence-penalty", presencePenalty, -2, 2);
    Checks.range("frequency-penalty", frequencyPenalty, -2, 2);
    logitBias = Map.copyOf(logitBias);
    logitBias.forEach(GenerationOptions::requireBias);
    stop = List.copyOf(stop);
    Checks.range("top-logprobs", topLogprobs, 0, 100);
    expertsPerToken.ifPresent(k -> Checks.range("experts-per-token", k, 1, 1024));
    if (stop.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("a stop text must not be empty; leave it out");
    }
  }

  private static void requireAboveZero(String what, double value, double most) {
    if (!(value > 0 && value <= most)) {
      throw new IllegalArgumentException(
          "%s must be above 0 and at most %.0f, but is %s".formatted(what, most, value));
    }
  }

  private static void requireBias(int id, double bias) {
    if (id < 0 || Double.isNaN(bias) || bias == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "logit-bias %d:%s needs a token id of 0 or above, and a number or -Infinity"
              .formatted(id, bias));
    }
  }

  /** The most likely token at each step. */
  public static GenerationOptions greedy(int maxTokens) {
    return builder().maxTokens(maxTokens).temperature(0).build();
  }

  /**
   * Greedy, so that an answer can be repeated; drawn ones (a temperature above 0) with top-p 0.95;
   * everything else off, until the context is full.
   */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options; see {@link GenerationOptions} for their meaning. Not thread-safe. */
  public static final class Builder {
    private int maxTokens = Integer.MAX_VALUE;
    private double temperature = 0;
    private int topK = 0;
    private double topP = 0.95;
    private double minP = 0;
    private double repeatPenalty = 1;
    private double presencePenalty = 0;
    private double frequencyPenalty = 0;
    private final Map<Integer, Double> logitBias = new HashMap<>();
    private OptionalLong seed = OptionalLong.empty();
    private List<String> stop = List.of();
    private boolean ignoreEos = false;
    private boolean recordRouting = false;
    private int topLogprobs = 0;
    private Optional<Constraint> constraint = Optional.empty();
    private OptionalInt expertsPerToken = OptionalInt.empty();

    private Builder() {}

    public Builder maxTokens(int value) {
      maxTokens = value;
      return this;
    }

    public Builder temperature(double value) {
      temperature = value;
      return this;
    }

    public Builder topK(int value) {
      topK = value;
      return this;
    }

    public Builder topP(double value) {
      topP = value;
      return this;
    }

    public Builder minP(double value) {
      minP = value;
      return this;
    }

    public Builder repeatPenalty(double value) {
      repeatPenalty = value;
      return this;
    }

    public Builder presencePenalty(double value) {
      presencePenalty = value;
      return this;
    }

    public Builder frequencyPenalty(double value) {
      frequencyPenalty = value;
      return this;
    }

    /** Adds {@code bias} to the logit of token {@code id}. */
    public Builder logitBias(int id, double bias) {
      logitBias.put(id, bias);
      return this;
    }

    public Builder seed(long value) {
      seed = OptionalLong.of(value);
      return this;
    }

    public Builder stop(List<String> texts) {
      stop = List.copyOf(texts);
      return this;
    }

    public Builder stop(String... texts) {
      return stop(List.of(texts));
    }

    public Builder ignoreEos(boolean value) {
      ignoreEos = value;
      return this;
    }

    public Builder recordRouting(boolean value) {
      recordRouting = value;
      return this;
    }

    public Builder topLogprobs(int value) {
      topLogprobs = value;
      return this;
    }

    public Builder constraint(Constraint value) {
      constraint = Optional.of(value);
      return this;
    }

    public Builder expertsPerToken(int value) {
      expertsPerToken = OptionalInt.of(value);
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public GenerationOptions build() {
      return new GenerationOptions(
          maxTokens,
          temperature,
          topK,
          topP,
          minP,
          repeatPenalty,
          presencePenalty,
          frequencyPenalty,
          logitBias,
          seed,
          stop,
          ignoreEos,
          recordRouting,
          topLogprobs,
          constraint,
          expertsPerToken);
    }
  }
}
