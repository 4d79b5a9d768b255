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
    requireRoom(prompts.size(), sampling.n(), served.engine().capacity());
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

  /**
   * Refuses what is too much even for an idle engine, so that waiting would not help: the engine
   * takes one prompt after the other, with all its answers, while it holds fewer than {@code most}.
   */
  private static void requireRoom(int prompts, int n, int most) {
    if ((prompts - 1L) * n >= most) {
      throw ApiException.badField(
          "prompt",
          "prompt holds %,d prompts and n is %d, which makes %,d answers, but no more than %,d can run and wait together; send fewer prompts in a request%s"
              .formatted(
                  prompts, n, (long) prompts * n, most, n > 1 ? ", or ask for a smaller n" : ""));
    }
  }

  /** The place of an answer among all. */
  int index(int prompt, int choice) {
    return prompt * n + choice;
  }
}
