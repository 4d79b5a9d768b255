package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What README.md tells people to do works as it is written there. */
class ReadmeTest {

  private static String readme() throws IOException {
    return Files.readString(Execution.home().resolve("README.md"));
  }

  /** The code of the blocks in one language. */
  private static List<String> blocks(String language) throws IOException {
    return Arrays.stream(readme().split("```" + language + "\n"))
        .skip(1)
        .map(rest -> rest.substring(0, rest.indexOf("```")))
        .toList();
  }

  @Test
  void theJavaExampleCompilesAndRuns(@TempDir Path folder) throws Exception {
    Path source = Files.writeString(folder.resolve("Example.java"), blocks("java").getFirst());
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int status =
        compiler.run(
            null,
            null,
            null,
            "-Xlint:all",
            "-Werror",
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            folder.toString(),
            source.toString());
    assertThat(status).isZero();
    String printed = runExample(folder);
    assertThat(printed).containsPattern("30 tokens, \\d+\\.\\d a second");
    assertThat(printed.lines().count()).isGreaterThan(3);
  }

  private static String runExample(Path classes) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    URL[] path = {classes.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(path)) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      loader
          .loadClass("Example")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {Execution.TINY.toString()});
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  static Stream<String> commands() throws IOException {
    return blocks("sh").stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("./sirocco ") && line.contains("models/sirocco-tiny"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void theCommandsRunAsWritten(String command, @TempDir Path folder) {
    String here = Execution.home().toString();
    String[] arguments =
        Stream.of(
                command
                    .replace("./sirocco ", "")
                    .replace("\"Once upon a time\"", "Once")
                    .split(" "))
            .map(word -> word.startsWith("models/") ? here + "/" + word : word)
            .map(word -> word.equals("README.md") ? here + "/" + word : word)
            .map(word -> word.startsWith("/tmp/") ? folder + word.substring(4) : word)
            .toArray(String[]::new);
    Execution execution = Execution.of(arguments);
    assertThat(execution.status()).as(execution.err()).isZero();
  }

  @Test
  void everyLinkToAFileLeadsSomewhere() throws IOException {
    for (Path page : pages()) {
      for (String part : Files.readString(page).split("]\\(", -1)) {
        String target = part.substring(0, Math.max(0, part.indexOf(')'))).replaceAll("#.*", "");
        if (!target.isEmpty() && !target.contains(" ") && URI.create(target).getScheme() == null) {
          assertThat(page.resolveSibling(target)).as("link in " + page).exists();
        }
      }
    }
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (Path folder : List.of(Execution.home(), Execution.home().resolve("docs"))) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    return pages;
  }
}
