package dev.sirocco.engine.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.Guardrails;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.ConstraintState;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.testkit.Shared;
import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.StreamingDecoder;
import dev.sirocco.tokenizer.Tokenizer;
import dev.sirocco.tokenizer.ToolCall;
import dev.sirocco.tokenizer.ToolDefinition;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class ChatTurnTest {

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final ToolDefinition WEATHER =
      new ToolDefinition(
          "get_weather",
          "Tells the weather",
          """
          {"type": "object", "properties": {"city": {"$ref": "#/$defs/short"},
           "unit": {"enum": ["celsius", "kelvin"]}}, "required": ["city", "unit"],
           "additionalProperties": false, "$defs": {"short": {"type": "string", "maxLength": 4}}}
          """);
  private static final ToolDefinition ADD =
      new ToolDefinition(
          "add",
          "Adds",
          """
          {"properties": {"a": {"$ref": "#/$defs/short"}, "b": {"type": "boolean"}},
           "required": ["a", "b"], "additionalProperties": false,
           "$defs": {"short": {"type": "integer", "minimum": -9, "maximum": 99}}}
          """);
  private static final List<ToolDefinition> TOOLS = List.of(WEATHER, ADD);
  private static final List<ChatMessage> QUESTION = List.of(ChatMessage.user("Weather in Rome?"));

  private static final Map<String, Tokenizer> TOKENIZERS = new ConcurrentHashMap<>();
  private static final Map<Tokenizer, TokenVocabulary> VOCABULARIES = new ConcurrentHashMap<>();

  private static Tokenizer tokenizer(String name) {
    Path file = Shared.path("tokenizers/" + name);
    return TOKENIZERS.computeIfAbsent(name, key -> Tokenizer.load(file));
  }

  private static ChatTurn turn(ChatRequest request, Tokenizer tokenizer) {
    return ChatTurn.of(
        request,
        ChatFormat.of(tokenizer),
        schema ->
            Constraint.jsonSchema(
                schema, VOCABULARIES.computeIfAbsent(tokenizer, TokenVocabulary::of)));
  }

  private static ChatRequest request(ToolChoice choice) {
    return ChatRequest.of(QUESTION).withTools(TOOLS).withToolChoice(choice);
  }

  private static GenerationOptions options(ChatTurn turn) {
    return turn.applyTo(GenerationOptions.builder(), List.of()).build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mistral-v2.tokenizer.model",
        "mistral-v3.tokenizer.model",
        "mistral-v3-tekken.json"
      })
  void forcedCallsHaveArgumentsThatValidateWhateverTheWeights(String file) {
    Tokenizer tokenizer = tokenizer(file);
    ChatTurn turn = turn(request(ToolChoice.REQUIRED), tokenizer);
    int opening = tokenizer.controlId("[TOOL_CALLS]").getAsInt();
    assertThat(((Prompt.Tokens) turn.prompt()).ids()).endsWith(opening);
    Random random = new Random(11);
    for (int i = 0; i < 6; i++) {
      List<ToolCall> calls = drawn(turn, tokenizer, random);
      assertThat(calls).isNotEmpty().allSatisfy(ChatTurnTest::assertValid);
    }
  }

  @Test
  void aNamedToolIsCalledOnce() {
    Tokenizer tokenizer = tokenizer("mistral-v3.tokenizer.model");
    ChatTurn turn = turn(request(ToolChoice.named("add")), tokenizer);
    Random random = new Random(12);
    for (int i = 0; i < 4; i++) {
      List<ToolCall> calls = drawn(turn, tokenizer, random);
      assertThat(calls).hasSize(1).allSatisfy(ChatTurnTest::assertValid);
      assertThat(calls.getFirst().name()).isEqualTo("add");
      assertThat(calls.getFirst().id()).matches("[a-zA-Z0-9]{9}");
    }
  }

  /** Draws tokens from the masks, ever more often such as end something. */
  private static List<ToolCall> drawn(ChatTurn turn, Tokenizer tokenizer, Random random) {
    Constraint constraint = options(turn).constraint().orElseThrow();
    ConstraintState state = constraint.newState();
    StreamingDecoder decoder = tokenizer.continuingDecoder();
    ToolCallReader reader = turn.newReader();
    int[] ends = ends(tokenizer);
    for (int step = 0; step < 400; step++) {
      int id = choose(state.mask(), ends, random, step);
      state.accept(id);
      if (state.isFinished()) {
        reader.finish();
        assertThat(reader.content()).isEmpty();
        return reader.calls();
      }
      reader.add(id, decoder.next(id));
    }
    throw new AssertionError("the calls do not end: " + reader.calls());
  }

  private static int choose(long[] mask, int[] ends, Random random, int step) {
    if (random.nextInt(100) < 20 + step) {
      for (int id : ends) {
        if ((mask[id >> 6] >> id & 1) == 1) {
          return id;
        }
      }
    }
    int[] admitted = BitSet.valueOf(mask).stream().toArray();
    return admitted[random.nextInt(admitted.length)];
  }

  /** Tokens that end something, what ends most first. */
  private static int[] ends(Tokenizer tokenizer) {
    return Stream.of("</s>", "]", "}", "\"", ":", ",")
        .mapToInt(
            text ->
                IntStream.range(0, tokenizer.vocabSize())
                    .filter(id -> tokenizer.piece(id).equals(text))
                    .findFirst()
                    .orElseThrow())
        .toArray();
  }

  private static void assertValid(ToolCall call) {
    ToolDefinition tool =
        TOOLS.stream().filter(t -> t.name().equals(call.name())).findFirst().orElseThrow();
    Schema schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(tool.parameters());
    assertThat(JSON.readTree(call.arguments()).isObject()).isTrue();
    assertThat(schema.validate(JSON.readTree(call.arguments()))).as(call.arguments()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mistral-v2.tokenizer.model",
        "mistral-v3.tokenizer.model",
        "mistral-v3-tekken.json"
      })
  void callsThatTheFormatWritesAreReadBack(String file) {
    Tokenizer tokenizer = tokenizer(file);
    List<ToolCall> calls =
        List.of(
            new ToolCall("abcdefgh1", "get_weather", "{\"city\": \"Montréal \\\"]}\\n\"}"),
            new ToolCall("abcdefgh2", "add", "{\"a\": [1, {}], \"b\": true}"));
    List<ChatMessage> history =
        List.of(
            QUESTION.getFirst(),
            ChatMessage.assistant("", calls),
            ChatMessage.tool("abcdefgh1", "get_weather", "sunny"),
            ChatMessage.tool("abcdefgh2", "add", "3"));
    ToolCallReader reader = turn(request(ToolChoice.AUTO), tokenizer).newReader();
    StreamingDecoder decoder = tokenizer.streamingDecoder();
    boolean inAnswer = false;
    for (int id : ChatFormat.of(tokenizer).render(history, TOOLS).tokens()) {
      inAnswer |= id == tokenizer.controlId("[TOOL_CALLS]").getAsInt();
      inAnswer &= !tokenizer.endOfGenerationIds().contains(id);
      if (inAnswer) {
        reader.add(id, decoder.next(id));
      }
    }
    assertThat(reader.finish()).isEmpty();
    assertThat(reader.content()).isEmpty();
    assertThat(reader.calls()).extracting(ToolCall::name).containsExactly("get_weather", "add");
    for (int i = 0; i < calls.size(); i++) {
      assertThat(JSON.readTree(reader.calls().get(i).arguments()))
          .isEqualTo(JSON.readTree(calls.get(i).arguments()));
    }
  }

  @Test
  void withoutToolsOrWithChoiceNoneTheTokenThatOpensCallsIsForbidden() {
    Tokenizer tokenizer = tokenizer("mistral-v3.tokenizer.model");
    int opening = tokenizer.controlId("[TOOL_CALLS]").getAsInt();
    for (ChatRequest request : List.of(request(ToolChoice.NONE), ChatRequest.of(QUESTION))) {
      ChatTurn turn = turn(request, tokenizer);
      assertThat(turn.prompt()).isEqualTo(Prompt.chat(QUESTION, List.of()));
      assertThat(options(turn).logitBias()).containsEntry(opening, Double.NEGATIVE_INFINITY);
      assertThat(options(turn).constraint()).isEmpty();
    }
    ChatTurn auto = turn(request(ToolChoice.AUTO), tokenizer);
    assertThat(auto.prompt()).isEqualTo(Prompt.chat(QUESTION, TOOLS));
    assertThat(options(auto).logitBias()).isEmpty();
  }

  @Test
  void anIdOfAnotherServerBecomesOneThatTheFormatHas() {
    List<ChatMessage> history =
        List.of(
            QUESTION.getFirst(),
            ChatMessage.assistant("", List.of(new ToolCall("call_12", "add", "{}"))),
            ChatMessage.tool("call_12", "add", "3"));
    ChatTurn turn =
        turn(ChatRequest.of(history).withTools(TOOLS), tokenizer("mistral-v3.tokenizer.model"));
    List<ChatMessage> sent = ((Prompt.Chat) turn.prompt()).messages();
    String id = sent.get(1).toolCalls().getFirst().id();
    assertThat(id).matches("[a-zA-Z0-9]{9}");
    assertThat(sent.get(2).toolCallId()).contains(id);
  }

  @Test
  void anUnfinishedAnswerIsContinuedBehindGuardrails() {
    Tokenizer tokenizer = tokenizer("mistral-v3.tokenizer.model");
    ChatRequest request =
        ChatRequest.of(List.of(QUESTION.getFirst(), ChatMessage.assistant("In Rome ")))
            .withSafePrompt(true)
            .withUnfinished(true);
    ChatTurn turn = turn(request, tokenizer);
    int[] ids =
        ((Prompt.Tokens) turn.prompt()).ids().stream().mapToInt(Integer::intValue).toArray();
    assertThat(tokenizer.decode(ids))
        .isEqualTo(Guardrails.SYSTEM_PROMPT + "\n\nWeather in Rome? In Rome");
    assertThat(turn.answerStart()).isEqualTo("In Rome");
  }

  @Test
  void guardrailsStandBeforeTheSystemPrompt() {
    assertThat(Guardrails.inFrontOf(List.of(ChatMessage.system("Be brief."), QUESTION.getFirst())))
        .containsExactly(
            ChatMessage.system(Guardrails.SYSTEM_PROMPT + "\n\nBe brief."), QUESTION.getFirst());
    assertThat(Guardrails.inFrontOf(QUESTION).getFirst().content())
        .startsWith("Always assist with care, respect, and truth.")
        .endsWith("promote fairness and positivity.");
  }

  @Test
  void aFormatWithoutToolsSaysSo() {
    Tokenizer tokenizer = tokenizer("mistral-v1.tokenizer.model");
    assertThatThrownBy(() -> turn(request(ToolChoice.AUTO), tokenizer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the model's chat format (mistral-v1) has no calls of tools")
        .hasMessageContaining("leave out tools");
    assertThat(turn(request(ToolChoice.NONE), tokenizer).prompt())
        .isEqualTo(Prompt.chat(QUESTION, List.of()));
  }

  @Test
  void aSchemaThatCannotBeEnforcedIsRefusedWithToolAndKeyword() {
    Tokenizer tokenizer = tokenizer("mistral-v3.tokenizer.model");
    ToolDefinition loose =
        new ToolDefinition(
            "loose", "", "{\"properties\": {\"a\": {\"$ref\": \"https://example.com/x\"}}}");
    ChatRequest request =
        ChatRequest.of(QUESTION).withTools(List.of(ADD, loose)).withToolChoice(ToolChoice.REQUIRED);
    assertThatThrownBy(() -> turn(request, tokenizer))
        .hasMessageContaining("the parameters of tool 'loose'")
        .hasMessageContaining("\"$ref\": \"https://example.com/x\" is not enforced");
  }

  @Test
  void aRequestThatContradictsItselfIsRefused() {
    ChatRequest plain = ChatRequest.of(QUESTION);
    assertThatThrownBy(() -> plain.withToolChoice(ToolChoice.REQUIRED))
        .hasMessage(
            "tool_choice asks for a call, but there are no tools; give tools, or leave it out");
    assertThatThrownBy(() -> request(ToolChoice.named("sub")))
        .hasMessage(
            "tool_choice names the tool 'sub', which is not among tools (get_weather, add)");
    assertThatThrownBy(() -> plain.withTools(List.of(ADD, ADD)))
        .hasMessage("tools has two tools named 'add'");
    assertThatThrownBy(() -> request(ToolChoice.REQUIRED).withUnfinished(true))
        .hasMessageContaining("the answer begins with text (prefix)");
  }
}
