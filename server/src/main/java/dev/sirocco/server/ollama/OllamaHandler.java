package dev.sirocco.server.ollama;

import dev.sirocco.engine.tools.ChatRequest;
import dev.sirocco.engine.tools.ToolChoice;
import dev.sirocco.server.generation.ChatAnswer;
import dev.sirocco.server.generation.Sampling;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.generation.Submission;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.EventStream;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.server.http.RequestBody;
import dev.sirocco.server.http.Responses;
import dev.sirocco.server.http.Routes;
import dev.sirocco.server.http.StreamedEvents;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.Role;
import dev.sirocco.tokenizer.ToolDefinition;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /api/chat} and {@code /api/generate}: answers as lines of JSON, or as one object.
 *
 * @see ChatAnswer
 * @see <a href="https://github.com/ollama/ollama/blob/main/docs/api.md">Ollama, API</a>
 */
public final class OllamaHandler implements HttpService {

  /** The beginning of the paths, whose errors are Ollama's. */
  public static final String PATH = "/api/";

  private final ServerContext context;

  public OllamaHandler(ServerContext context) {
    this.context = context;
  }

  @Override
  public void routing(HttpRules rules) {
    Routes.post(rules, "/api/chat", this::chat);
    Routes.post(rules, "/api/generate", this::generate);
  }

  private void chat(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.jsonOfAnyType(request, context.limits());
    ServedModel served = context.models().require();
    String model = requireModel(body, served);
    List<ChatMessage> messages = OllamaMessages.read(body);
    List<ToolDefinition> tools = OllamaMessages.tools(body);
    if (messages.isEmpty()) {
      Responses.json(response, loaded(model, true));
      return;
    }
    answer(body, messages, tools, Reply.read(body, model, true), response);
  }

  /** What the client is told the answer is, and whether as lines or as one object. */
  private record Reply(String model, boolean chat, boolean stream) {
    static Reply read(JsonFields body, String model, boolean chat) {
      return new Reply(model, chat, body.flag("stream", true));
    }
  }

  private void generate(ServerRequest request, ServerResponse response) {
    JsonFields body = RequestBody.jsonOfAnyType(request, context.limits());
    ServedModel served = context.models().require();
    String model = requireModel(body, served);
    requireOnlyPrompt(body);
    String prompt = body.text("prompt").orElse("");
    if (prompt.isEmpty()) {
      Responses.json(response, loaded(model, false));
      return;
    }
    Reply reply = Reply.read(body, model, false);
    if (body.flag("raw", false)) {
      raw(body, prompt, reply, response);
      return;
    }
    List<ChatMessage> messages = new ArrayList<>();
    body.text("system")
        .filter(system -> !system.isEmpty())
        .ifPresent(system -> messages.add(ChatMessage.system(system)));
    messages.add(ChatMessage.user(prompt));
    answer(body, messages, List.of(), reply, response);
  }

  private static String requireModel(JsonFields body, ServedModel served) {
    String model = body.requiredText("model");
    OllamaModelsHandler.require(served, model);
    return model;
  }

  private static void requireOnlyPrompt(JsonFields body) {
    OllamaMessages.requireNoImages(body);
    for (String name : List.of("suffix", "template")) {
      if (!body.text(name).orElse("").isEmpty()) {
        throw ApiException.badField(
            name, "%s is given, but cannot be followed here; leave it out".formatted(name));
      }
    }
    if (body.any("context").map(ids -> !ids.isEmpty()).orElse(false)) {
      throw ApiException.badField(
          "context", "context is given, but is not kept here; send the conversation to /api/chat");
    }
  }

  private static ObjectNode loaded(String model, boolean chat) {
    return OllamaReply.object(model, chat, "").put("done", true).put("done_reason", "load");
  }

  private void answer(
      JsonFields body,
      List<ChatMessage> messages,
      List<ToolDefinition> tools,
      Reply reply,
      ServerResponse response) {
    ServedModel served = context.models().require();
    ChatMessage last = messages.getLast();
    boolean unfinished =
        last.role() == Role.ASSISTANT && !last.content().isEmpty() && last.toolCalls().isEmpty();
    ChatRequest request =
        Submission.told(
            "tools",
            () ->
                new ChatRequest(
                    messages,
                    tools,
                    ToolChoice.AUTO,
                    true,
                    context.options().safePrompt(),
                    unfinished));
    Sampling sampling = new OllamaOptions(served, context).read(body);
    send(ChatAnswer.submit(served, request, sampling), reply, response);
  }

  private void raw(JsonFields body, String prompt, Reply reply, ServerResponse response) {
    ServedModel served = context.models().require();
    Sampling sampling = new OllamaOptions(served, context).read(body);
    send(ChatAnswer.submitText(served, prompt, sampling), reply, response);
  }

  private void send(ChatAnswer answer, Reply reply, ServerResponse response) {
    if (reply.stream()) {
      StreamedEvents.send(
          EventStream.ofLines(response),
          context.limits(),
          stream ->
              answer.run(new OllamaReply(reply.model(), reply.chat(), false, answer, stream::line)),
          (stream, error) -> stream.line(OllamaErrors.body(error)));
    } else {
      List<ObjectNode> whole = new ArrayList<>();
      answer.run(new OllamaReply(reply.model(), reply.chat(), true, answer, whole::add));
      Responses.json(response, whole.getFirst());
    }
  }
}
