package dev.sirocco.server.ollama;

import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.server.generation.ConstraintFields;
import dev.sirocco.server.generation.Sampling;
import dev.sirocco.server.generation.SamplingFields;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Reads {@code options} and {@code format}. What is absent is as in Ollama: temperature 0.8, top-k
 * 40, top-p 0.9; but repeated tokens are not penalised, since here the penalty is on the whole
 * text. Options that have no meaning here, such as {@code num_ctx}, are ignored.
 */
final class OllamaOptions {

  private static final double TEMPERATURE = 0.8;
  private static final int TOP_K = 40;
  private static final double TOP_P = 0.9;

  private final ServedModel served;
  private final ServerContext context;

  OllamaOptions(ServedModel served, ServerContext context) {
    this.served = served;
    this.context = context;
  }

  /**
   * How tokens are chosen.
   *
   * @throws ApiException 400 if a field has a wrong type or value
   */
  Sampling read(JsonFields body) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    options.temperature(TEMPERATURE).topK(TOP_K).topP(TOP_P).maxTokens(limit());
    Optional<JsonFields> given = body.object("options");
    given.ifPresent(fields -> read(fields, options));
    format(body).ifPresent(options::constraint);
    List<String> stops =
        given
            .map(fields -> new SamplingFields(served, context.limits()).stops(fields, "stop"))
            .orElse(List.of());
    return new Sampling(options, stops, 1);
  }

  private int limit() {
    return context.limits().maxTokens();
  }

  private void read(JsonFields fields, GenerationOptions.Builder options) {
    fields.number("temperature", 0, 100).ifPresent(options::temperature);
    fields.integer("top_k", -1, Integer.MAX_VALUE).ifPresent(k -> options.topK(Math.max(k, 0)));
    positive(fields, "top_p", 1).ifPresent(options::topP);
    fields.number("min_p", 0, 1).ifPresent(options::minP);
    positive(fields, "repeat_penalty", 100).ifPresent(options::repeatPenalty);
    fields.number("presence_penalty", -2, 2).ifPresent(options::presencePenalty);
    fields.number("frequency_penalty", -2, 2).ifPresent(options::frequencyPenalty);
    fields
        .integer("num_predict", -2, limit())
        .ifPresent(n -> options.maxTokens(n < 0 ? limit() : n));
    fields
        .wholeNumber("seed", Long.MIN_VALUE, Long.MAX_VALUE)
        .ifPresent(
            seed -> {
              if (seed >= 0) {
                options.seed(seed);
              }
            });
  }

  private static Optional<Double> positive(JsonFields fields, String name, double most) {
    if (!fields.has(name)) {
      return Optional.empty();
    }
    double value = fields.number(name, 0, most).orElseThrow();
    if (value == 0) {
      throw ApiException.badField(
          fields.at(name), "%s is 0; wanted a number above it".formatted(fields.at(name)));
    }
    return Optional.of(value);
  }

  /** {@code "json"}, or a JSON Schema. */
  private Optional<Constraint> format(JsonFields body) {
    Optional<JsonNode> format = body.any("format");
    if (format.isEmpty() || (format.get().isString() && format.get().stringValue().isEmpty())) {
      return Optional.empty();
    }
    ConstraintFields constraints = new ConstraintFields(served);
    if (format.get().isObject()) {
      return Optional.of(constraints.jsonSchema("format", Json.write(format.get())));
    }
    if (format.get().isString() && format.get().stringValue().equals("json")) {
      return Optional.of(constraints.jsonObject());
    }
    throw JsonFields.wrong("format", format.get(), "json or a JSON Schema");
  }
}
