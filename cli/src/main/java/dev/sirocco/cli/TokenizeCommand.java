package dev.sirocco.cli;

import dev.sirocco.tokenizer.ChatFormat;
import dev.sirocco.tokenizer.ChatMessage;
import dev.sirocco.tokenizer.ChatMessages;
import dev.sirocco.tokenizer.RenderedChat;
import dev.sirocco.tokenizer.Tokenizer;
import dev.sirocco.tokenizer.ToolDefinition;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code sirocco tokenize}: the token ids of a text or a chat. */
@Command(
    name = "tokenize",
    mixinStandardHelpOptions = true,
    description = "Turns a text or a chat into token ids.")
final class TokenizeCommand implements Callable<Integer> {

  @ParentCommand private SiroccoCommand program;
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private TokenizerSource tokenizer;

  @ArgGroup(multiplicity = "1")
  private Input input;

  @Option(
      names = "--tools",
      paramLabel = "TOOLS.json",
      description = "Tools that the chat offers, in the JSON of OpenAI's API.")
  private Optional<Path> tools = Optional.empty();

  @Option(names = "--no-bos", description = "Puts no beginning-of-text token first.")
  private boolean noBos;

  @Option(
      names = "--parse-special",
      description = "Reads control tokens written in the text as such.")
  private boolean parseSpecial;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  /** What is tokenized. */
  private static final class Input {
    @Option(names = "--text", paramLabel = "TEXT", description = "The text.")
    private Optional<String> text = Optional.empty();

    @Option(
        names = "--chat",
        paramLabel = "MESSAGES.json",
        description = "A conversation in the JSON of OpenAI's API.")
    private Optional<Path> chat = Optional.empty();
  }

  /** What {@code --json} prints. */
  private record Result(List<Integer> tokens, List<String> pieces, Optional<String> text) {}

  @Override
  public Integer call() throws IOException {
    if (input.text.isPresent() && tools.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--tools are part of a chat; give --chat instead of --text");
    }
    if (input.chat.isPresent() && (noBos || parseSpecial)) {
      throw new ParameterException(
          spec.commandLine(),
          "--no-bos and --parse-special are for --text; a chat's format decides both");
    }
    Tokenizer loaded = tokenizer.load();
    if (input.chat.isPresent()) {
      RenderedChat rendered = render(loaded, input.chat.get());
      print(loaded, rendered.tokens(), Optional.of(rendered.text()));
    } else {
      boolean addBos = !noBos && loaded.addBosByDefault();
      String text = input.text.orElseThrow();
      print(loaded, loaded.encode(text, addBos, parseSpecial), Optional.empty());
    }
    return 0;
  }

  private RenderedChat render(Tokenizer loaded, Path messages) throws IOException {
    ChatFormat format = ChatFormat.of(loaded);
    List<ChatMessage> parsed = read(messages, ChatMessages::parse);
    if (tools.isEmpty()) {
      return format.render(parsed);
    }
    List<ToolDefinition> offered = read(tools.get(), ChatMessages::parseTools);
    RenderedChat rendered = format.render(parsed, offered);
    if (!offered.isEmpty() && Arrays.equals(rendered.tokens(), format.render(parsed).tokens())) {
      throw new CommandFailure(
          "the chat format %s has no place for tools, and would leave out those of %s; leave out --tools, or name a model that knows tools"
              .formatted(format.name(), tools.get()));
    }
    return rendered;
  }

  private <T> List<T> read(Path file, Function<String, List<T>> parser) throws IOException {
    String json = TextFiles.read(file, program.streams().in());
    try {
      return parser.apply(json);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(file + ": " + e.getMessage(), e);
    }
  }

  private void print(Tokenizer loaded, int[] ids, Optional<String> text) {
    List<Integer> tokens = Arrays.stream(ids).boxed().toList();
    List<String> pieces = tokens.stream().map(loaded::piece).toList();
    PrintWriter out = program.streams().out();
    if (json) {
      out.println(Json.of(new Result(tokens, pieces, text)));
      return;
    }
    text.ifPresent(out::println);
    for (int i = 0; i < tokens.size(); i++) {
      out.println("%8d  %s".formatted(tokens.get(i), pieces.get(i)));
    }
  }
}
