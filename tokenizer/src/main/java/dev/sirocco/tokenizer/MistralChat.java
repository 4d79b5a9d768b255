package dev.sirocco.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/**
 * The chat formats of Mistral's models, token for token. The pieces of a prompt are encoded apart,
 * so that control tokens come from the format alone, never from text.
 *
 * <ul>
 *   <li>v1: {@code [INST] … [/INST]} as plain text; the system prompt in the first user message; no
 *       tools (definitions are left out, calls and results refused).
 *   <li>v2: control tokens; the system prompt and the tools with the last user message; calls and
 *       results before that message left out.
 *   <li>v3: as v2, but calls and results stay, and name their id.
 * </ul>
 *
 * An unfinished answer at the end lacks its end token, and is otherwise written as any other.
 */
final class MistralChat implements ChatFormat {

  /** A version of the format, and the family of tokenizers that goes with it. */
  enum Version {
    V1("mistral-v1"),
    V2("mistral-v2"),
    V3("mistral-v3"),
    V3_TEKKEN("mistral-v3-tekken");

    private final String label;

    Version(String label) {
      this.label = label;
    }
  }

  private static final String TOOL_CALLS = "[TOOL_CALLS]";

  private final Tokenizer tokenizer;
  private final Version version;
  private final int bos;
  private final int eos;

  MistralChat(Tokenizer tokenizer, Version version) {
    this.tokenizer = tokenizer;
    this.version = version;
    this.bos = required(tokenizer.bosId(), "beginning-of-sequence");
    this.eos = required(tokenizer.eosId(), "end-of-sequence");
  }

  private int required(OptionalInt id, String what) {
    return id.orElseThrow(
        () ->
            new IllegalArgumentException(
                "%s needs a %s token, and %s has none".formatted(name(), what, tokenizer)));
  }

  @Override
  public String name() {
    return version.label;
  }

  @Override
  public RenderedChat render(List<ChatMessage> messages, List<ToolDefinition> tools) {
    MistralMessageRules.check(messages, version);
    int[] tokens = tokens(messages, tools).toArray();
    return new RenderedChat(tokenizer.spell(tokens), tokens);
  }

  @Override
  public RenderedChat renderUnfinished(List<ChatMessage> messages, List<ToolDefinition> tools) {
    String start = UnfinishedAnswer.of(messages);
    MistralMessageRules.checkUnfinished(messages, version);
    IntList ids = tokens(messages, tools);
    int[] tokens = Arrays.copyOf(ids.toArray(), ids.size() - 1);
    return new RenderedChat(tokenizer.spell(tokens), tokens, answerText(start));
  }

  @Override
  public Optional<ToolCallSyntax> toolCallSyntax() {
    return version == Version.V1
        ? Optional.empty()
        : Optional.of(new ToolCallSyntax.ControlToken(controlId(TOOL_CALLS)));
  }

  private IntList tokens(List<ChatMessage> messages, List<ToolDefinition> tools) {
    String system = MistralMessageRules.systemPrompt(messages);
    List<ChatMessage> turns = MistralMessageRules.merged(messages);
    int first = firstUser(turns);
    int last = lastUser(turns);
    IntList ids = new IntList(256);
    ids.add(bos);
    for (int i = 0; i < turns.size(); i++) {
      ChatMessage turn = turns.get(i);
      switch (turn.role()) {
        case USER -> {
          boolean takesSystem = i == (version == Version.V1 ? first : last);
          addUser(
              ids, takesSystem ? joined(system, turn.content()) : turn.content(), i == last, tools);
        }
        case ASSISTANT -> addAssistant(ids, turn, i < last);
        case TOOL -> addToolResult(ids, turn, i < last);
        case SYSTEM -> throw new AssertionError("system messages are merged away");
      }
    }
    return ids;
  }

  private static int firstUser(List<ChatMessage> turns) {
    int first = 0;
    while (turns.get(first).role() != Role.USER) {
      first++;
    }
    return first;
  }

  private static int lastUser(List<ChatMessage> turns) {
    int last = turns.size() - 1;
    while (turns.get(last).role() != Role.USER) {
      last--;
    }
    return last;
  }

  private static String joined(String system, String content) {
    return system.isEmpty() ? content : system + "\n\n" + content;
  }

  private void addUser(IntList ids, String content, boolean last, List<ToolDefinition> tools) {
    if (version == Version.V1) {
      addText(ids, "[INST] " + content + " [/INST]");
      return;
    }
    if (last && !tools.isEmpty()) {
      addControl(ids, "[AVAILABLE_TOOLS]");
      addText(ids, Json.write(Json.toolArray(tools)));
      addControl(ids, "[/AVAILABLE_TOOLS]");
    }
    addControl(ids, "[INST]");
    addText(ids, content);
    addControl(ids, "[/INST]");
  }

  private void addAssistant(IntList ids, ChatMessage message, boolean beforeLastUser) {
    if (!message.toolCalls().isEmpty()) {
      if (version == Version.V2 && beforeLastUser) {
        return;
      }
      addControl(ids, TOOL_CALLS);
      List<String> calls = new ArrayList<>();
      for (ToolCall call : message.toolCalls()) {
        calls.add(toolCall(call));
      }
      addText(ids, "[" + String.join(", ", calls) + "]");
    } else {
      addText(ids, answerText(message.content()));
    }
    ids.add(eos);
  }

  private String toolCall(ToolCall call) {
    String arguments = jsonOrText(call.arguments());
    String id = version == Version.V2 ? "" : ", \"id\": " + Json.quote(call.id());
    return "{\"name\": %s, \"arguments\": %s%s}".formatted(Json.quote(call.name()), arguments, id);
  }

  private void addToolResult(IntList ids, ChatMessage message, boolean beforeLastUser) {
    if (version == Version.V2 && beforeLastUser) {
      return;
    }
    String content = jsonOrText(message.content());
    addControl(ids, "[TOOL_RESULTS]");
    addText(
        ids,
        version == Version.V2
            ? "[{\"name\": %s, \"content\": %s}]"
                .formatted(message.name().map(Json::quote).orElse("null"), content)
            : "{\"content\": %s, \"call_id\": %s}"
                .formatted(content, Json.quote(message.toolCallId().orElse(""))));
    addControl(ids, "[/TOOL_RESULTS]");
  }

  /** JSON as it is, written anew; nothing as an empty object; other text as a JSON text. */
  private static String jsonOrText(String text) {
    if (text.isEmpty()) {
      return "{}";
    }
    Optional<JsonNode> json = Json.parseLeniently(text);
    return json.isPresent() ? Json.write(json.get()) : Json.quote(text);
  }

  private String answerText(String content) {
    return version == Version.V1 ? content : withoutLastSpaces(content);
  }

  private static String withoutLastSpaces(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }

  private void addText(IntList ids, String text) {
    ids.addAll(tokenizer.encode(text, false, false));
  }

  private void addControl(IntList ids, String control) {
    ids.add(controlId(control));
  }

  private int controlId(String control) {
    return tokenizer
        .controlId(control)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s needs the control token %s, and %s has none"
                        .formatted(name(), control, tokenizer)));
  }

  @Override
  public String toString() {
    return name();
  }
}
