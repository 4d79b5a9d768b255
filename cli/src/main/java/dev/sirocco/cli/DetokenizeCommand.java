package dev.sirocco.cli;

import dev.sirocco.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sirocco detokenize}: the text of token ids. */
@Command(
    name = "detokenize",
    mixinStandardHelpOptions = true,
    description = "Turns token ids into text.")
final class DetokenizeCommand implements Callable<Integer> {

  @ParentCommand private SiroccoCommand program;

  @ArgGroup(multiplicity = "1")
  private TokenizerSource tokenizer;

  @ArgGroup(multiplicity = "1")
  private TokensSource tokens;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  /** What {@code --json} prints. */
  private record Result(List<Integer> tokens, List<String> pieces, String text) {}

  @Override
  public Integer call() throws IOException {
    TokenList ids = tokens.read();
    Tokenizer loaded = tokenizer.load();
    String text = loaded.decode(ids.toArray());
    PrintWriter out = program.streams().out();
    if (json) {
      List<String> pieces = ids.ids().stream().map(loaded::piece).toList();
      out.println(Json.of(new Result(ids.ids(), pieces, text)));
    } else {
      out.println(text);
    }
    return 0;
  }
}
