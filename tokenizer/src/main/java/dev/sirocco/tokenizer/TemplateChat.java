package dev.sirocco.tokenizer;

import dev.sirocco.tokenizer.jinja.JinjaTemplate;
import dev.sirocco.tokenizer.jinja.TemplateException;
import dev.sirocco.weights.ModelFormatException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A model's own chat template, rendered as Hugging Face's libraries do.
 *
 * <p>The control tokens of the prompt come from the template's text alone: {@link ContentShield}.
 * If the model expects a beginning-of-sequence token and the template writes none, it is put first.
 */
final class TemplateChat implements ChatFormat {

  private final Tokenizer tokenizer;
  private final String source;
  private final JinjaTemplate template;

  /**
   * @throws ModelFormatException if the template is not valid
   */
  TemplateChat(Tokenizer tokenizer, String source) {
    this.tokenizer = tokenizer;
    this.source = source;
    try {
      this.template = JinjaTemplate.parse(source);
    } catch (TemplateException e) {
      throw new ModelFormatException(
          "%s: the chat template is not valid: %s"
              .formatted(tokenizer.settings().source(), e.getMessage()),
          e);
    }
  }

  @Override
  public String name() {
    return "template";
  }

  @Override
  public RenderedChat render(List<ChatMessage> messages, List<ToolDefinition> tools) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("the conversation has no message; wanted at least one");
    }
    ContentShield shield = tokenizer.shield(texts(messages, tools));
    return asPrompt(rendered(messages, tools, shield, true), shield, "");
  }

  /** The template writes the answer with an end mark in the place where it is to go on. */
  @Override
  public RenderedChat renderUnfinished(List<ChatMessage> messages, List<ToolDefinition> tools) {
    String start = UnfinishedAnswer.of(messages);
    ContentShield shield = tokenizer.shield(texts(messages, tools));
    char end = shield.unusedMark();
    List<ChatMessage> marked = new ArrayList<>(messages);
    marked.set(messages.size() - 1, ChatMessage.assistant(start + end));
    String rendered = rendered(marked, tools, shield, false);
    int at = rendered.indexOf(end);
    if (at < 0 || rendered.indexOf(end, at + 1) >= 0) {
      throw new IllegalArgumentException(
          "the model's chat template does not write the last message as it is, so its answer cannot"
              + " be continued; leave out prefix");
    }
    return asPrompt(rendered.substring(0, at), shield, start);
  }

  private RenderedChat asPrompt(String rendered, ContentShield shield, String answerStart) {
    int[] ids = tokenizer.encodeShielded(rendered, shield.mark(), tokenizer.addBosByDefault());
    return new RenderedChat(shield.reveal(rendered), ids, answerStart);
  }

  @Override
  public Optional<ToolCallSyntax> toolCallSyntax() {
    return TemplateTools.syntax(source, tokenizer);
  }

  private String rendered(
      List<ChatMessage> messages,
      List<ToolDefinition> tools,
      ContentShield shield,
      boolean withAnswerStart) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("messages", messages.stream().map(message -> asMap(message, shield)).toList());
    variables.put("tools", tools.isEmpty() ? null : plain(Json.toolArray(tools), shield));
    variables.put("add_generation_prompt", withAnswerStart);
    variables.put("bos_token", name(tokenizer.bosId()));
    variables.put("eos_token", name(tokenizer.eosId()));
    return rendered(variables);
  }

  private String rendered(Map<String, @Nullable Object> variables) {
    try {
      return template.render(variables);
    } catch (TemplateException e) {
      throw new IllegalArgumentException(
          (e.isRefusal()
                  ? "the model's chat template refuses the conversation: "
                  : "the model's chat template cannot be rendered: ")
              + e.getMessage(),
          e);
    }
  }

  private String name(OptionalInt id) {
    return id.isPresent() ? tokenizer.piece(id.getAsInt()) : "";
  }

  private List<String> texts(List<ChatMessage> messages, List<ToolDefinition> tools) {
    List<String> texts = new ArrayList<>(List.of(source));
    for (ChatMessage message : messages) {
      texts.add(message.content());
      message.name().ifPresent(texts::add);
      message.toolCallId().ifPresent(texts::add);
      for (ToolCall call : message.toolCalls()) {
        texts.addAll(List.of(call.id(), call.name(), unescaped(call.arguments())));
      }
    }
    for (ToolDefinition tool : tools) {
      texts.addAll(List.of(tool.name(), tool.description(), unescaped(tool.parameters())));
    }
    return texts;
  }

  /** JSON text with its characters as they are, not as escapes. */
  private static String unescaped(String json) {
    return Json.parseLeniently(json).map(Json::write).orElse(json);
  }

  private static Map<String, @Nullable Object> asMap(ChatMessage message, ContentShield shield) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("role", message.role().wireName());
    map.put("content", shield.protect(message.content()));
    message.name().ifPresent(name -> map.put("name", shield.protect(name)));
    message.toolCallId().ifPresent(id -> map.put("tool_call_id", shield.protect(id)));
    if (!message.toolCalls().isEmpty()) {
      map.put("tool_calls", message.toolCalls().stream().map(call -> asMap(call, shield)).toList());
    }
    return map;
  }

  private static Map<String, @Nullable Object> asMap(ToolCall call, ContentShield shield) {
    Map<String, @Nullable Object> function = new LinkedHashMap<>();
    function.put("name", shield.protect(call.name()));
    Optional<JsonNode> arguments = Json.parseLeniently(call.arguments());
    function.put(
        "arguments",
        arguments.isPresent() ? plain(arguments.get(), shield) : shield.protect(call.arguments()));
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("id", shield.protect(call.id()));
    map.put("type", "function");
    map.put("function", function);
    return map;
  }

  /** JSON as maps, lists, texts, numbers and booleans. */
  private static @Nullable Object plain(JsonNode node, ContentShield shield) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : node.properties()) {
          map.put(shield.protectKey(property.getKey()), plain(property.getValue(), shield));
        }
        yield map;
      }
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        for (JsonNode element : node) {
          list.add(plain(element, shield));
        }
        yield list;
      }
      case STRING -> shield.protect(node.stringValue());
      case NUMBER -> number(node);
      case BOOLEAN -> node.booleanValue();
      default -> null;
    };
  }

  private static Number number(JsonNode node) {
    if (!node.isIntegralNumber()) {
      return node.doubleValue();
    }
    return node.canConvertToLong() ? (Number) node.longValue() : node.bigIntegerValue();
  }

  @Override
  public String toString() {
    return name();
  }
}
