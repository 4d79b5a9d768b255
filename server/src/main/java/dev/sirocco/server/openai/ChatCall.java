package dev.sirocco.server.openai;

import dev.sirocco.engine.tools.ChatRequest;
import dev.sirocco.server.generation.Sampling;
import dev.sirocco.server.generation.SamplingFields;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.JsonFields;
import java.util.OptionalInt;

/**
 * A request to {@code /v1/chat/completions}.
 *
 * @param model the name by which the model was asked for
 * @param request the conversation
 * @param sampling how tokens are chosen
 * @param stream whether and how the answer is streamed
 * @param logprobs whether tokens are told with their log-probabilities
 * @param routing whether the experts of each token are told
 */
record ChatCall(
    String model,
    ChatRequest request,
    Sampling sampling,
    StreamFields stream,
    boolean logprobs,
    boolean routing) {

  private static final int MOST_TOP = 20;

  static ChatCall read(JsonFields body, ServedModel served, ServerContext context) {
    String model = body.text("model").orElse(served.name());
    served.require(model);
    boolean logprobs = body.flag("logprobs", false);
    OptionalInt top = body.integer("top_logprobs", 0, MOST_TOP);
    if (top.orElse(0) > 0 && !logprobs) {
      throw ApiException.badField(
          "top_logprobs", "top_logprobs is given, but logprobs is not true; set it");
    }
    ChatRequest request = ChatFields.read(body, context.options().safePrompt());
    StreamFields stream = StreamFields.read(body);
    boolean routing = body.flag("routing", false);
    Sampling sampling = new SamplingFields(served, context.limits()).read(body, 1);
    sampling.options().topLogprobs(top.orElse(0)).recordRouting(routing);
    return new ChatCall(model, request, sampling, stream, logprobs, routing);
  }
}
