package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** {@code ./sirocco} as people start it: another process, its streams, its exit status. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class LauncherIT {

  private static final Path LAUNCHER = Execution.home().resolve("sirocco");
  private static final String TINY = Execution.TINY.toString();

  @TempDir private Path folder;

  @BeforeAll
  static void aShellIsThere() {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "skipped: there is no /bin/sh");
  }

  private record Finished(int status, String out, String err) {}

  /** Runs a shell command in {@link #folder}, never building anything. */
  private Finished shell(Map<String, String> environment, String command)
      throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", "-c", command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("SIROCCO_BUILD", "never");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    assertThat(ended).as("ended within 5 minutes: " + command).isTrue();
    return new Finished(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private Finished sirocco(String... arguments) throws IOException, InterruptedException {
    String quoted = String.join(" ", List.of(arguments).stream().map(a -> "'" + a + "'").toList());
    return shell(Map.of(), "'" + LAUNCHER + "' " + quoted);
  }

  @Test
  void helpIsPrintedWithoutAWordFromTheJvm() throws Exception {
    Finished help = sirocco("--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).startsWith("Usage: sirocco");
    assertThat(help.err()).isEmpty();
  }

  @Test
  void anAnswerIsPrintedWithoutAWordFromTheJvm() throws Exception {
    Finished answer =
        sirocco("generate", "--model", TINY, "--prompt", "The king", "--max-tokens", "4", "--json");
    assertThat(answer.err()).isEmpty();
    assertThat(answer.status()).isZero();
    assertThat(JsonMapper.shared().readTree(answer.out()).get("completion_tokens").asInt())
        .isEqualTo(4);
  }

  @Test
  void itStartsThroughALinkInAFolderWithSpaces() throws Exception {
    Path link = folder.resolve("a folder/my sirocco");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, LAUNCHER);
    Finished started = shell(Map.of(), "cd 'a folder' && './my sirocco' --version");
    assertThat(started.err()).isEmpty();
    assertThat(started.out()).startsWith("sirocco ");
  }

  @Test
  void textsAreUtf8WhateverTheLocale() throws Exception {
    Map<String, String> ascii = Map.of("LC_ALL", "C", "LANG", "C");
    Finished ids =
        shell(
            ascii, "'%s' tokenize --model '%s' --text 'König 王' --json".formatted(LAUNCHER, TINY));
    String list =
        JsonMapper.shared().readTree(ids.out()).get("tokens").toString().replaceAll("[\\[\\]]", "");
    Finished text =
        shell(ascii, "'%s' detokenize --model '%s' --tokens %s".formatted(LAUNCHER, TINY, list));
    assertThat(text.out().strip()).isEqualTo("König 王");
  }

  @Test
  void theExitStatusTellsWhatHappened() throws Exception {
    assertThat(sirocco("generate").status()).isEqualTo(2);
    Finished failed = sirocco("inspect", "nowhere.gguf");
    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err()).startsWith("sirocco: ").hasLineCount(1);
  }

  @Test
  void aReaderThatLeavesEndsTheProgramQuietly() throws Exception {
    Finished first =
        shell(
            Map.of(),
            "{ '%s' tokenize --model '%s' --text \"$(seq 3000)\"; echo $? >status; } | head -n 1"
                .formatted(LAUNCHER, TINY));
    assertThat(first.out()).hasLineCount(1);
    assertThat(first.err()).isEmpty();
    assertThat(Files.readString(folder.resolve("status")).strip()).isEqualTo("141");
  }

  @Test
  void aFullDiskIsAFailure() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/full")), "skipped: there is no /dev/full");
    Finished full = shell(Map.of(), "'%s' inspect '%s' >/dev/full".formatted(LAUNCHER, TINY));
    assertThat(full.status()).isEqualTo(1);
    assertThat(full.err()).startsWith("sirocco: cannot write the output: ");
  }

  @Test
  void aChatInAPipeNamesNoOtherModelThanTheDefault() throws Exception {
    Finished chat =
        shell(Map.of(), "printf 'Hello\\n/stats\\n' | '%s' run --max-tokens 4".formatted(LAUNCHER));
    assertThat(chat.status()).isZero();
    assertThat(chat.err()).isEmpty();
    assertThat(chat.out()).contains("sirocco-tiny-Q8_0.gguf");
  }

  @Test
  void aTerminalGetsAPromptAndColours() throws Exception {
    Path script = Path.of("/usr/bin/script");
    assumeTrue(Files.isExecutable(script), "skipped: there is no " + script);
    String chat =
        "stty cols 100 rows 30; '%s' run --max-tokens 4 --kernels scalar".formatted(LAUNCHER);
    ProcessBuilder builder =
        new ProcessBuilder(script.toString(), "-qec", chat, "/dev/null").redirectErrorStream(true);
    builder.environment().put("SIROCCO_BUILD", "never");
    builder.environment().put("TERM", "xterm-256color");
    builder.environment().put("XDG_STATE_HOME", folder.toString());
    Process process = builder.start();
    try (Typist typist = new Typist(process)) {
      typist.waitFor("Ctrl-D leaves");
      typist.waitFor("> ");
      typist.type("Hello\r");
      typist.waitFor("> ");
      typist.type("/experts\r");
      typist.waitFor("experts of layers 0 to 3");
      typist.waitFor("38;5;");
      typist.waitFor("expert 7");
      typist.type("/quit\r");
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(process.exitValue()).isZero();
    assertThat(folder.resolve("sirocco/history")).content().contains("Hello");
  }

  /** Reads what a terminal shows and types when the time has come. */
  private record Typist(Process process) implements AutoCloseable {

    /** Reads on until the text was shown. */
    void waitFor(String text) throws IOException {
      StringBuilder shown = new StringBuilder();
      while (shown.indexOf(text) < 0) {
        int next = process.getInputStream().read();
        assertThat(next).as("the end came after: " + shown).isNotNegative();
        shown.append((char) next);
      }
    }

    void type(String text) throws IOException {
      process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
  }

  @Test
  void aSignalEndsTheServerWhenTheRunningStreamIsAnswered() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            LAUNCHER.toString(), "serve", "--model", TINY, "--port", "0", "--kernels", "scalar");
    builder.environment().put("SIROCCO_BUILD", "never");
    Process process = builder.start();
    try (Typist _ = new Typist(process);
        HttpClient client = HttpClient.newHttpClient()) {
      String served = process.errorReader(StandardCharsets.UTF_8).readLine();
      assertThat(served).contains(" is served at http://127.0.0.1:");
      URI url = URI.create(served.replaceFirst(".* at (\\S+) .*", "$1/v1/completions"));
      HttpRequest request =
          HttpRequest.newBuilder(url)
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"prompt\":\"Once\",\"max_tokens\":100,\"ignore_eos\":true,\"stream\":true}"))
              .build();
      Iterator<String> lines =
          client.send(request, HttpResponse.BodyHandlers.ofLines()).body().iterator();
      assertThat(lines.next()).startsWith("data: ");
      process.toHandle().destroy(); // SIGTERM; Ctrl-C, SIGINT, goes the same way
      String last = "";
      while (lines.hasNext()) {
        String line = lines.next();
        last = line.isEmpty() ? last : line;
      }
      assertThat(last).isEqualTo("data: [DONE]");
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      assertThat(process.errorReader(StandardCharsets.UTF_8).readLine()).isNull();
    }
  }

  /** A copy of the launcher alone, which is to build before it can run. */
  private Path checkout() throws IOException {
    Path checkout = Files.createDirectories(folder.resolve("checkout"));
    Files.createDirectories(checkout.resolve(".mvn"));
    for (String file : List.of("sirocco", ".mvn/find-jdk.sh")) {
      Files.copy(
          Execution.home().resolve(file),
          checkout.resolve(file),
          StandardCopyOption.COPY_ATTRIBUTES);
    }
    Files.createDirectories(checkout.resolve("cli"));
    return checkout;
  }

  @Test
  void aLockThatNobodyHoldsIsNotWaitedFor() throws Exception {
    Path checkout = checkout();
    Path lock = Files.createDirectories(checkout.resolve("cli/target/launcher/lock"));
    Map<String, String> environment =
        Map.of("SIROCCO_BUILD", "", "SIROCCO_JAVA_HOME", System.getProperty("java.home"));

    Finished failed = shell(environment, "checkout/sirocco --version");

    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.err()).contains("sirocco: the build failed");
    assertThat(lock).doesNotExist();
  }

  @Test
  void aCheckoutThatCannotBeWrittenIsToldAndNotWaitedFor() throws Exception {
    Path checkout = checkout();
    Files.createFile(checkout.resolve("cli/target"));
    Map<String, String> environment =
        Map.of("SIROCCO_BUILD", "", "SIROCCO_JAVA_HOME", System.getProperty("java.home"));
    Finished refused = shell(environment, "checkout/sirocco --version");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err())
        .startsWith("sirocco: must be built, but cannot write to ")
        .contains("SIROCCO_BUILD=never")
        .hasLineCount(1);
  }

  @Test
  void theStartUpArchiveHoldsTheOptionParserThoughItsClassesAreOld() throws Exception {
    Finished help =
        shell(Map.of("SIROCCO_JAVA_OPTS", "-Xlog:class+load"), "'%s' --help".formatted(LAUNCHER));
    assertThat(help.out().lines().filter(line -> line.contains(" picocli.CommandLine source: ")))
        .singleElement()
        .asString()
        .endsWith("source: shared objects file");
  }

  @Test
  void aJdkThatIsTooOldIsNamedOnOneLine() throws Exception {
    Path old = Files.createDirectories(folder.resolve("jdk17/bin"));
    for (String tool : List.of("java", "javac")) {
      assertThat(Files.createFile(old.resolve(tool)).toFile().setExecutable(true)).isTrue();
    }
    Files.writeString(folder.resolve("jdk17/release"), "JAVA_VERSION=\"17.0.1\"\n");
    Map<String, String> environment =
        Map.of("SIROCCO_JAVA_HOME", folder.resolve("jdk17").toString());
    for (String tool : List.of("sirocco", "mvnw")) {
      Finished refused = shell(environment, "'" + Execution.home().resolve(tool) + "' --version");
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err())
          .startsWith("sirocco: SIROCCO_JAVA_HOME is ")
          .contains("jdk17")
          .contains("JDK 25")
          .hasLineCount(1);
    }
  }

  @Test
  void aNewerJdkIsFoundWhereAnOlderJavaComesFirst() throws Exception {
    Path old = Files.createDirectories(folder.resolve("old/bin"));
    Path java = Files.writeString(old.resolve("java"), "#!/bin/sh\nexit 1\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Finished started =
        shell(
            Map.of(
                "PATH", old + ":" + System.getenv("PATH"),
                "JAVA_HOME", folder.resolve("old").toString(),
                "HOME", folder.toString()),
            "mkdir -p \"$HOME/.jdks\" && ln -s '%s' \"$HOME/.jdks/25\" && '%s' --version"
                .formatted(System.getProperty("java.home"), LAUNCHER));
    assertThat(started.err()).isEmpty();
    assertThat(started.out()).startsWith("sirocco ");
  }

  @Test
  void aStartThatWaitsForAnotherOnesBuildSaysSo() throws Exception {
    for (String file : List.of("sirocco", ".mvn/find-jdk.sh")) {
      Path copy = folder.resolve("waiting").resolve(file);
      Files.createDirectories(copy.getParent());
      Files.copy(Execution.home().resolve(file), copy, StandardCopyOption.COPY_ATTRIBUTES);
    }
    shell(
        Map.of("SIROCCO_BUILD", "", "SIROCCO_JAVA_HOME", System.getProperty("java.home")),
        """
        lock=waiting/cli/target/launcher/lock
        mkdir -p $lock && echo $$ >$lock/pid
        waiting/sirocco --version 2>said &
        until grep -q 'sirocco: waiting for another start, which is building' said; do :; done
        rm -r $lock
        wait
        """);
    assertThat(folder.resolve("said"))
        .content()
        .containsSubsequence("sirocco: waiting for", "sirocco: building");
  }
}
