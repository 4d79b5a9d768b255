package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the scripts that compile the C kernels do with compilers of every sort. */
class NativeBuildTest {

  private static final Path SCRIPTS = Path.of("src/main/c").toAbsolutePath();

  @TempDir private Path folder;

  private record Finished(int status, String output) {}

  @BeforeEach
  void aShellIsThere() {
    assumeThat(Path.of("/bin/sh")).as("a POSIX shell").exists();
    assumeThat(SCRIPTS.resolve("build.sh")).exists();
  }

  private Finished run(String script, Map<String, String> environment) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                "/bin/sh", SCRIPTS.resolve(script).toString(), folder.resolve("out").toString())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Finished(process.waitFor(), output);
  }

  /** A compiler for a machine that makes empty files, and fails for some arguments. */
  private Path compiler(String name, String machine, String fails) throws IOException {
    String script =
        """
        #!/bin/sh
        case "$*" in
          -dumpmachine) echo %s; exit 0 ;;
          --version) echo "a compiler 1.0"; exit 0 ;;
          %s) echo "cannot do that" >&2; exit 1 ;;
        esac
        while [ $# -gt 0 ]; do
          [ "$1" != -o ] || : > "$2"
          shift
        done
        """
            .formatted(machine, fails);
    Path file = Files.writeString(folder.resolve(name), script);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  private Path built(String platform, String file) {
    return folder.resolve("out").resolve(platform).resolve(file);
  }

  @Test
  void withoutACompilerTheBuildSucceedsAndNotesThePackageToInstall() throws Exception {
    Path stale = built(NativeLoader.platform(), "libsirocco.so");
    Files.createDirectories(stale.getParent());
    Files.writeString(stale, "of another compiler");

    Finished finished = run("build.sh", Map.of("CC", "no-such-compiler"));

    assertThat(finished.status()).isZero();
    assertThat(finished.output()).contains("the Vector API serves instead");
    assertThat(stale).doesNotExist();
    assertThat(built(NativeLoader.platform(), "build.txt"))
        .content()
        .contains("no C compiler: 'no-such-compiler' was not found", "apt-get install gcc");
  }

  @Test
  void aCompilerThatFailsIsNotedWithWhatItSaid() throws Exception {
    Path compiler = compiler("cc", "x86_64-linux-gnu", "*baseline.c*");

    Finished finished = run("build.sh", Map.of("CC", compiler.toString()));

    assertThat(finished.status()).isZero();
    assertThat(built("linux-x86_64", "libsirocco.so")).doesNotExist();
    assertThat(built("linux-x86_64", "build.txt"))
        .content()
        .startsWith("the C compiler '" + compiler + "' failed: cannot do that");
  }

  @Test
  void aTierThatTheCompilerCannotMakeIsLeftOut() throws Exception {
    Path compiler = compiler("cc", "x86_64-linux-gnu", "*avx512bf16*");

    Finished finished = run("build.sh", Map.of("CC", compiler.toString()));

    assertThat(finished.output()).contains("left out avx512_bf16: cannot do that");
    assertThat(built("linux-x86_64", "build.txt"))
        .content()
        .isEqualTo("a compiler 1.0; tiers: baseline avx2 avx_vnni avx512_vnni\n");
  }

  @Test
  void aCrossCompilerMakesWhatItsOwnTargetNeeds() throws Exception {
    Path compiler = compiler("cross", "aarch64-linux-gnu", "nothing");

    run("build.sh", Map.of("CC", compiler.toString()));

    assertThat(built("linux-aarch64", "libsirocco.so")).exists();
    assertThat(built("linux-aarch64", "build.txt"))
        .content()
        .endsWith("tiers: baseline neon_dotprod neon_i8mm\n");
  }

  @Test
  void aReleaseWithoutTheCrossCompilerNamesThePackage() throws Exception {
    Path own = compiler("cc", NativeLoader.platform().replaceFirst(".*-", "") + "-linux-gnu", "no");
    Finished finished = run("release.sh", Map.of("CC", own.toString(), "PATH", toolsOnly()));

    assertThat(finished.status()).isEqualTo(1);
    assertThat(finished.output())
        .containsPattern("install Debian's package gcc-(aarch64|x86-64)-linux-gnu");
  }

  @Test
  void aReleaseLeavesOutNoTier() throws Exception {
    Path own =
        compiler(
            "cc",
            NativeLoader.platform().replaceFirst(".*-", "") + "-linux-gnu",
            "*avx512.c*|*neon.c*");
    Finished finished = run("release.sh", Map.of("CC", own.toString(), "PATH", toolsOnly()));

    assertThat(finished.status()).isEqualTo(1);
    assertThat(finished.output())
        .containsPattern("cannot make the tier (avx512_vnni|neon_dotprod)");
  }

  /** A path with the shell's tools, but without any cross compiler. */
  private String toolsOnly() throws IOException {
    Path tools = Files.createDirectories(folder.resolve("tools"));
    for (String tool :
        List.of(
            "sh", "uname", "dirname", "tr", "head", "ls", "mktemp", "rm", "mv", "cp", "cat",
            "mkdir")) {
      for (String place : List.of("/bin", "/usr/bin")) {
        Path real = Path.of(place, tool);
        if (Files.exists(real)) {
          Path here = tools.resolve(tool);
          Files.writeString(here, "#!/bin/sh\nexec %s \"$@\"\n".formatted(real));
          assertThat(here.toFile().setExecutable(true)).isTrue();
        }
      }
    }
    return tools.toString();
  }
}
