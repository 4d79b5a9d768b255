package dev.sirocco.engine.tools;

import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.Guardrails;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.RenderedChat;
import dev.sirocco.tokenizer.ToolCallSyntax;
import dev.sirocco.tokenizer.ToolDefinition;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The next answer of a conversation: what to continue, which form to hold it to, and how to read
 * it.
 *
 * <p>Where calls are forced, the prompt ends with the tokens that open calls, and a constraint
 * holds the rest to calls of the tools with arguments that satisfy their schemas. Where there may
 * be none, the token that opens them is forbidden.
 *
 * {@snippet :
 * ChatTurn turn =
 *     ChatTurn.of(
 *         request,
 *         model.chatFormat(),
 *         schema -> Constraint.jsonSchema(schema, engine.vocabulary()));
 * GenerationOptions options = turn.applyTo(GenerationOptions.builder().stop(stops), stops).build();
 * AnswerStream stream = engine.submit(ServingRequest.of(turn.prompt(), options));
 * ToolCallReader reader = turn.newReader();
 * }
 *
 * <p>Immutable.
 *
 * @see ToolCallReader
 */
public final class ChatTurn {

  private final Prompt prompt;
  private final List<String> stopTexts;
  private final String answerStart;
  private final Optional<ToolCallSyntax> read;
  private final Optional<ToolCallSyntax> forbidden;
  private final Optional<Constraint> constraint;
  private final int maxCalls;

  private ChatTurn(
      Prompt prompt,
      List<String> stopTexts,
      String answerStart,
      Optional<ToolCallSyntax> read,
      Optional<ToolCallSyntax> forbidden,
      Optional<Constraint> constraint,
      int maxCalls) {
    this.prompt = prompt;
    this.stopTexts = stopTexts;
    this.answerStart = answerStart;
    this.read = read;
    this.forbidden = forbidden;
    this.constraint = constraint;
    this.maxCalls = maxCalls;
  }

  /**
   * Prepares an answer.
   *
   * @param request what is asked for
   * @param format the model's chat format
   * @param compiler compiles a JSON Schema; asked if a call is forced
   * @throws IllegalArgumentException if the format has no tools and they are given, or cannot
   *     express the conversation
   * @throws ConstraintException if a call is forced and the schema of a tool cannot be enforced;
   *     names tool and keyword
   */
  public static ChatTurn of(
      ChatRequest request, ChatFormat format, Function<String, Constraint> compiler) {
    List<ToolDefinition> tools = offeredTools(request, format);
    Optional<ToolCallSyntax> syntax = format.toolCallSyntax();
    boolean several =
        request.parallelToolCalls() && request.toolChoice().mode() != ToolChoice.Mode.NAMED;
    int maxCalls = several ? Integer.MAX_VALUE : 1;
    boolean forced = request.toolChoice().isForced();
    Optional<Constraint> constraint =
        forced
            ? Optional.of(constraint(request, syntax.orElseThrow(), maxCalls, compiler))
            : Optional.empty();
    boolean continues = forced || request.unfinished();
    Optional<RenderedChat> rendered =
        continues ? Optional.of(rendered(request, format, tools)) : Optional.empty();
    return new ChatTurn(
        rendered
            .map(r -> tokens(r, forced ? syntax : Optional.empty()))
            .orElseGet(() -> chat(request, tools)),
        continues ? format.stopTexts() : List.of(),
        rendered.map(RenderedChat::answerStart).orElse(""),
        tools.isEmpty() ? Optional.empty() : syntax,
        tools.isEmpty() ? syntax : Optional.empty(),
        constraint,
        maxCalls);
  }

  /**
   * The prompt of a request as text, for people. The tokens that open forced calls are left out.
   *
   * @throws IllegalArgumentException as of {@link #of}
   */
  public static String promptText(ChatRequest request, ChatFormat format) {
    return rendered(request, format, offeredTools(request, format)).text();
  }

  private static List<ToolDefinition> offeredTools(ChatRequest request, ChatFormat format) {
    if (request.tools().isEmpty() || request.toolChoice().mode() == ToolChoice.Mode.NONE) {
      return List.of();
    }
    if (format.toolCallSyntax().isEmpty()) {
      throw new IllegalArgumentException(
          "the model's chat format (%s) has no calls of tools that are known of; leave out tools, or serve a model whose format has them, such as mistral-v3"
              .formatted(format.name()));
    }
    return request.tools();
  }

  private static List<ChatMessage> messages(ChatRequest request) {
    List<ChatMessage> messages = ToolCallIds.withValidIds(request.messages());
    return request.safePrompt() ? Guardrails.inFrontOf(messages) : messages;
  }

  private static RenderedChat rendered(
      ChatRequest request, ChatFormat format, List<ToolDefinition> tools) {
    return request.unfinished()
        ? format.renderUnfinished(messages(request), tools)
        : format.render(messages(request), tools);
  }

  private static Prompt chat(ChatRequest request, List<ToolDefinition> tools) {
    return Prompt.chat(messages(request), tools);
  }

  private static Prompt tokens(RenderedChat rendered, Optional<ToolCallSyntax> opened) {
    Stream<Integer> opening = opened.map(s -> s.opening().stream()).orElse(Stream.of());
    return new Prompt.Tokens(
        Stream.concat(IntStream.of(rendered.tokens()).boxed(), opening).toList());
  }

  private static Constraint constraint(
      ChatRequest request,
      ToolCallSyntax syntax,
      int maxCalls,
      Function<String, Constraint> compiler) {
    List<ToolDefinition> tools =
        request.tools().stream()
            .filter(t -> request.toolChoice().name().map(t.name()::equals).orElse(true))
            .toList();
    try {
      String schema =
          syntax.isArray() ? ToolSchemas.ofArray(tools, maxCalls) : ToolSchemas.ofOneCall(tools);
      return compiler.apply(schema);
    } catch (ConstraintException e) {
      throw naming(tools, compiler).orElse(e);
    }
  }

  /** The error of the first tool whose schema alone cannot be enforced either. */
  private static Optional<ConstraintException> naming(
      List<ToolDefinition> tools, Function<String, Constraint> compiler) {
    for (ToolDefinition tool : tools) {
      try {
        var _ = compiler.apply(tool.parameters());
      } catch (ConstraintException e) {
        return Optional.of(
            new ConstraintException(
                "the parameters of tool '%s': %s".formatted(tool.name(), e.getMessage())));
      }
    }
    return Optional.empty();
  }

  /** What the answer continues. */
  public Prompt prompt() {
    return prompt;
  }

  /**
   * The text that the answer begins with and that the prompt ends with: the unfinished message as
   * the model reads it. Empty otherwise. In Mistral's API the answer's content has it in front.
   */
  public String answerStart() {
    return answerStart;
  }

  /** Whether the answer can only be calls of tools; another constraint would contradict. */
  public boolean isForced() {
    return constraint.isPresent();
  }

  /**
   * Adds what the answer is held to: constraint, forbidden tokens and stop texts.
   *
   * @param builder options of the request; a constraint is replaced if calls are forced
   * @param stops the request's own stop texts, to which those of the format are added
   * @return {@code builder}
   */
  public GenerationOptions.Builder applyTo(GenerationOptions.Builder builder, List<String> stops) {
    constraint.ifPresent(builder::constraint);
    if (forbidden.orElse(null) instanceof ToolCallSyntax.ControlToken(int token)) {
      builder.logitBias(token, Double.NEGATIVE_INFINITY);
    }
    return builder.stop(Stream.concat(stops.stream(), stopTexts.stream()).distinct().toList());
  }

  /** A reader for one answer. */
  public ToolCallReader newReader() {
    return new ToolCallReader(read, isForced(), maxCalls, ToolCallIds::next);
  }
}
