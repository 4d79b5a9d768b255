package dev.sirocco.server.anthropic;

import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.tools.ChatRequest;
import dev.sirocco.engine.tools.ToolChoice;
import dev.sirocco.server.generation.Sampling;
import dev.sirocco.server.generation.SamplingFields;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.generation.Submission;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.Role;
import java.util.List;

/**
 * A request to {@code /v1/messages}.
 *
 * @param model the name by which the model was asked for
 * @param request the conversation; one that ends with an assistant's message is continued
 * @param sampling how tokens are chosen
 * @param stream whether the answer is streamed
 */
record MessagesCall(String model, ChatRequest request, Sampling sampling, boolean stream) {

  static MessagesCall read(JsonFields body, ServedModel served, ServerContext context) {
    String model = model(body, served);
    ToolFields tools = ToolFields.read(body);
    ChatRequest request = request(body, tools, tools.choice(), context);
    GenerationOptions.Builder options = GenerationOptions.builder();
    int most = context.limits().maxTokens();
    options.maxTokens(
        body.integer("max_tokens", 1, most)
            .orElseThrow(() -> body.missing("max_tokens", "a whole number from 1 to " + most)));
    options.temperature(body.number("temperature", 0, 1).orElse(1));
    options.topP(topP(body));
    body.integer("top_k", 0, Integer.MAX_VALUE).ifPresent(options::topK);
    List<String> stops = new SamplingFields(served, context.limits()).stops(body, "stop_sequences");
    return new MessagesCall(
        model, request, new Sampling(options, stops, 1), body.flag("stream", false));
  }

  /** The conversation alone, of which the tokens are to be counted. */
  static ChatRequest readToCount(JsonFields body, ServedModel served, ServerContext context) {
    model(body, served);
    return request(body, ToolFields.read(body), ToolChoice.AUTO, context);
  }

  private static String model(JsonFields body, ServedModel served) {
    String model = body.requiredText("model");
    served.require(model);
    return model;
  }

  private static double topP(JsonFields body) {
    double value = body.number("top_p", 0, 1).orElse(1);
    if (value == 0) {
      throw ApiException.badField("top_p", "top_p is 0; wanted a number above it");
    }
    return value;
  }

  private static ChatRequest request(
      JsonFields body, ToolFields tools, ToolChoice choice, ServerContext context) {
    List<ChatMessage> messages = MessageFields.read(body);
    ChatMessage last = messages.getLast();
    boolean unfinished = last.role() == Role.ASSISTANT && last.toolCalls().isEmpty();
    return Submission.told(
        "tool_choice",
        () ->
            new ChatRequest(
                messages,
                tools.tools(),
                choice,
                tools.parallel(),
                context.options().safePrompt(),
                unfinished));
  }
}
