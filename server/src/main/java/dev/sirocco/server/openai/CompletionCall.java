package dev.sirocco.server.openai;

import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.Prompt;
import dev.sirocco.server.generation.Sampling;
import dev.sirocco.server.generation.SamplingFields;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.JsonFields;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request to {@code /v1/completions}.
 *
 * @param model the name by which the model was asked for
 * @param prompts what to continue
 * @param options how tokens are chosen
 * @param n answers to each prompt
 * @param stream whether and how the answers are streamed
 * @param logprobs how many of the likeliest tokens are told; empty if not even the chosen ones are
 * @param echo whether the answer repeats the prompt
 */
record CompletionCall(
    String model,
    List<Prompt> prompts,
    GenerationOptions options,
    int n,
    StreamFields stream,
    OptionalInt logprobs,
    boolean echo) {

  private static final int MOST_TOP = 20;

  static CompletionCall read(JsonFields body, ServedModel served, ServerContext context) {
    String model = body.text("model").orElse(served.name());
    served.require(model);
    List<Prompt> prompts =
        new PromptInputs(served, "prompt", context.limits().prompts()).read(body);
    Sampling sampling = new SamplingFields(served, context.limits()).read(body, 0);
    OptionalInt logprobs = body.integer("logprobs", 0, MOST_TOP);
    boolean echo = body.flag("echo", false);
    if (echo && logprobs.isPresent()) {
      throw ApiException.badField(
          "echo",
          "echo is true, but the prompt's log-probabilities are not told; leave out logprobs");
    }
    if (!body.text("suffix").orElse("").isEmpty()) {
      throw ApiException.badField(
          "suffix", "suffix is given, but these models only continue a text; leave it out");
    }
    body.integer("best_of", 1, sampling.n());
    sampling.options().topLogprobs(logprobs.orElse(0)).stop(sampling.stops());
    return new CompletionCall(
        model,
        prompts,
        sampling.options().build(),
        sampling.n(),
        StreamFields.read(body),
        logprobs,
        echo);
  }

  /** The place of an answer among all. */
  int index(int prompt, int choice) {
    return prompt * n + choice;
  }
}
