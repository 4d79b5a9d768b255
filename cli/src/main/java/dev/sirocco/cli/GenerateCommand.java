package dev.sirocco.cli;

import dev.sirocco.engine.Generation;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.GenerationRequest;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.Timings;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.tokenizer.ChatMessage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sirocco generate}: continues a prompt once. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    description = "Continues a prompt, or with --chat answers it.")
final class GenerateCommand implements Callable<Integer> {

  private static final int DEFAULT_MAX_TOKENS = 256;

  @ParentCommand private SiroccoCommand program;
  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;
  @Mixin private SamplingOptions sampling;
  @Mixin private ComputeOptions compute;

  @ArgGroup(multiplicity = "1")
  private PromptSource source;

  @ArgGroup private @Nullable AnswerForm form;

  @Option(names = "--chat", description = "Takes the prompt as a user's message in a chat.")
  private boolean chat;

  @Option(names = "--system", paramLabel = "TEXT", description = "System prompt of the chat.")
  private Optional<String> system = Optional.empty();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  /** Where the prompt comes from. */
  private static final class PromptSource {
    @Option(names = "--prompt", paramLabel = "TEXT", description = "The prompt.")
    private Optional<String> text = Optional.empty();

    @Option(
        names = "--prompt-file",
        paramLabel = "F",
        description = "A UTF-8 file that holds the prompt; - for standard input.")
    private Optional<Path> file = Optional.empty();

    @Option(
        names = "--prompt-tokens",
        paramLabel = "IDS",
        converter = TokenList.Converter.class,
        description = "The prompt as token ids (1,2,3); nothing is added.")
    private Optional<TokenList> tokens = Optional.empty();
  }

  /** What {@code --json} prints. */
  private record Result(
      String text,
      List<Integer> tokens,
      int promptTokens,
      int completionTokens,
      String finishReason,
      Durations timings) {

    static Result of(Generation answer) {
      return new Result(
          answer.text(),
          answer.tokens(),
          answer.promptTokens(),
          answer.tokens().size(),
          answer.finishReason().name().toLowerCase(Locale.ROOT),
          Durations.of(answer.timings()));
    }
  }

  private record Durations(
      double loadMs,
      double prefillMs,
      double decodeMs,
      double prefillTokensPerSecond,
      double decodeTokensPerSecond) {

    static Durations of(Timings timings) {
      return new Durations(
          timings.loadMillis(),
          timings.prefillMillis(),
          timings.decodeMillis(),
          timings.prefillTokensPerSecond(),
          timings.decodeTokensPerSecond());
    }
  }

  @Override
  public Integer call() throws IOException {
    GenerationOptions.Builder options = sampling.toBuilder(DEFAULT_MAX_TOKENS);
    compute.toModelOptions();
    Prompt prompt = prompt();
    PrintWriter out = program.streams().out();
    try (LanguageModel opened = compute.open(model.path())) {
      if (form != null) {
        options.constraint(
            form.compile(TokenVocabulary.of(opened.tokenizer()), program.streams().in()));
      }
      GenerationRequest request =
          GenerationRequest.of(prompt, options.build()).withCancellation(out::checkError);
      if (json) {
        out.println(Json.of(Result.of(opened.generate(request))));
      } else {
        stream(opened, request, out);
      }
    }
    return 0;
  }

  private static void stream(LanguageModel opened, GenerationRequest request, PrintWriter out) {
    Generation answer = opened.generate(request.withListener(token -> out.print(token.text())));
    if (!opened.hasTokenizer()) {
      out.print(answer.tokens().stream().map(String::valueOf).collect(Collectors.joining(",")));
    }
    out.println();
  }

  private Prompt prompt() throws IOException {
    if (!chat && system.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--system is part of a chat; add --chat, or leave it out");
    }
    if (source.tokens.isPresent()) {
      if (chat) {
        throw new ParameterException(
            spec.commandLine(), "--chat takes a text; give --prompt instead of --prompt-tokens");
      }
      return Prompt.tokens(source.tokens.get().toArray());
    }
    String text =
        source.file.isPresent()
            ? TextFiles.read(source.file.get(), program.streams().in())
            : source.text.orElseThrow();
    return chat ? Prompt.chat(messages(text)) : Prompt.text(text);
  }

  private List<ChatMessage> messages(String text) {
    List<ChatMessage> messages = new ArrayList<>();
    system.ifPresent(s -> messages.add(ChatMessage.system(s)));
    messages.add(ChatMessage.user(text));
    return messages;
  }
}
