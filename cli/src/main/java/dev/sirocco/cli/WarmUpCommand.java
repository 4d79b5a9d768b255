package dev.sirocco.cli;

import dev.sirocco.kernels.KernelSelection;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Goes through what most commands do, so that the launcher can record the classes they need in its
 * start-up archive; prints nothing.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "PATH")
  private String model;

  @Override
  public Integer call() {
    List<List<String>> runs =
        List.of(
            List.of("--help"),
            List.of("generate", "--help"),
            List.of("--version"),
            List.of("generate", "--no-such-option"),
            generate("--prompt", "Once upon a time", "--json"),
            generate("--prompt", "Once upon a time", "--seed", "1"),
            generate("--prompt", "Hello", "--chat", "--temperature", "0"),
            List.of("tokenize", "--model", model, "--text", "Once upon a time", "--json"),
            List.of("inspect", model, "--json"));
    int worst = 0;
    for (List<String> arguments : runs) {
      Streams streams =
          new Streams(
              InputStream.nullInputStream(),
              new PrintWriter(new StringWriter()),
              new PrintWriter(new StringWriter()),
              Streams.Terminals.NONE);
      worst = Math.max(worst, SiroccoCommand.execute(streams, arguments.toArray(String[]::new)));
    }
    return worst == 2 ? 0 : worst;
  }

  private List<String> generate(String... options) {
    // The Vector API's classes cannot be part of the archive, so this computes without them.
    String kernels = KernelSelection.nativeProblem().isEmpty() ? "native" : "scalar";
    List<String> arguments =
        new ArrayList<>(
            List.of("generate", "--model", model, "--max-tokens", "8", "--kernels", kernels));
    arguments.addAll(List.of(options));
    return arguments;
  }
}
