package dev.sirocco.server.generation;

import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.ServerLimits;
import dev.sirocco.weights.MoeConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/**
 * Reads the fields of OpenAI's and Mistral's APIs that say how tokens are chosen. What is absent is
 * as in OpenAI's API: temperature 1, nothing cut off, one answer.
 */
public final class SamplingFields {

  private static final double GREATEST_BIAS = 100;

  private final ServedModel served;
  private final ServerLimits limits;

  /** A reader for requests to a model. */
  public SamplingFields(ServedModel served, ServerLimits limits) {
    this.served = served;
    this.limits = limits;
  }

  /**
   * The options of a request.
   *
   * @param leastTokens least value of {@code max_tokens}
   * @throws ApiException 400 if a field has a wrong type or value
   */
  public Sampling read(JsonFields body, int leastTokens) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    options.temperature(body.number("temperature", 0, 2).orElse(1));
    options.topP(positive(body, "top_p", 1));
    body.integer("top_k", -1, Integer.MAX_VALUE).ifPresent(k -> options.topK(Math.max(k, 0)));
    body.number("min_p", 0, 1).ifPresent(options::minP);
    options.repeatPenalty(positive(body, "repetition_penalty", 100));
    body.number("presence_penalty", -2, 2).ifPresent(options::presencePenalty);
    body.number("frequency_penalty", -2, 2).ifPresent(options::frequencyPenalty);
    options.ignoreEos(body.flag("ignore_eos", false));
    body.text("user");
    options.maxTokens(maxTokens(body, leastTokens));
    seed(body).ifPresent(options::seed);
    logitBias(body, options);
    expertsPerToken(body, options);
    new ConstraintFields(served).read(body).ifPresent(options::constraint);
    return new Sampling(options, stops(body, "stop"), body.integer("n", 1, limits.n()).orElse(1));
  }

  /** A number above 0 and at most {@code most}; 1 if absent. */
  private static double positive(JsonFields body, String name, double most) {
    double value = body.number(name, 0, most).orElse(1);
    if (value == 0) {
      throw ApiException.badField(name, "%s is 0; wanted a number above it".formatted(name));
    }
    return value;
  }

  private int maxTokens(JsonFields body, int least) {
    int old = body.integer("max_tokens", least, limits.maxTokens()).orElse(limits.maxTokens());
    return body.integer("max_completion_tokens", least, limits.maxTokens()).orElse(old);
  }

  private static OptionalLong seed(JsonFields body) {
    OptionalLong seed = body.wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    OptionalLong mistrals = body.wholeNumber("random_seed", 0, Long.MAX_VALUE);
    return seed.isPresent() ? seed : mistrals;
  }

  /**
   * Stop texts: one, or an array.
   *
   * @param name the field
   * @throws ApiException 400 if there are too many, or one is empty or too long
   */
  public List<String> stops(JsonFields body, String name) {
    List<String> stops = body.texts(name, limits.stopStrings());
    for (String stop : stops) {
      if (stop.isEmpty() || stop.length() > limits.stopLength()) {
        throw ApiException.badField(
            body.at(name),
            "%s has a text of %,d characters; wanted 1 to %,d"
                .formatted(body.at(name), stop.length(), limits.stopLength()));
      }
    }
    return stops;
  }

  private void logitBias(JsonFields body, GenerationOptions.Builder options) {
    Optional<JsonFields> biases = body.object("logit_bias");
    if (biases.isEmpty()) {
      return;
    }
    for (Map.Entry<String, JsonNode> entry : biases.get().node().properties()) {
      double bias =
          biases
              .get()
              .number(entry.getKey(), -GREATEST_BIAS, GREATEST_BIAS)
              .orElseThrow(() -> biases.get().missing(entry.getKey(), "a number"));
      options.logitBias(tokenId(entry.getKey()), bias);
    }
  }

  private int tokenId(String name) {
    int vocabSize = served.model().config().vocabSize();
    if (name.matches("[0-9]{1,9}") && Integer.parseInt(name) < vocabSize) {
      return Integer.parseInt(name);
    }
    String shown = name.length() > 40 ? name.substring(0, 40) + "…" : name;
    throw ApiException.badField(
        "logit_bias",
        "logit_bias names the token '%s'; wanted an id from 0 to %d"
            .formatted(shown, vocabSize - 1));
  }

  private void expertsPerToken(JsonFields body, GenerationOptions.Builder options) {
    if (!body.has("experts_per_token")) {
      return;
    }
    MoeConfig moe =
        served
            .model()
            .config()
            .moe()
            .orElseThrow(
                () ->
                    ApiException.badField(
                        "experts_per_token",
                        "experts_per_token is given, but the model is dense; leave it out"));
    body.integer("experts_per_token", 1, moe.nExperts()).ifPresent(options::expertsPerToken);
  }
}
