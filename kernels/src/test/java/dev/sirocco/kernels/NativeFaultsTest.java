package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sirocco.kernels.KernelSelection.Choice;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is wrong with the C library leads to the next kernels or to a clear message, in a process.
 */
class NativeFaultsTest {

  @TempDir private Path folder;

  /** Picks kernels, computes with them, and tells what was picked and whether it was right. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      KernelSelection selection;
      try {
        selection =
            KernelSelection.pick(Choice.of(args[0]), new KernelOptions(1, Activations.INT8));
      } catch (IllegalStateException | IllegalArgumentException e) {
        System.out.println("refused: " + e.getMessage());
        return;
      }
      try (Kernels kernels = selection.kernels()) {
        boolean right =
            KernelCheck.run(kernels, Activations.INT8).stream()
                .allMatch(KernelCheck.Result::passed);
        System.out.printf(
            "%s, %s: %s%n", kernels.name(), right ? "right" : "wrong", selection.reason());
      }
    }
  }

  private static ProcessBuilder java(String choice, String classPath, List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1"));
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, Program.class.getName(), choice));
    return new ProcessBuilder(command).redirectErrorStream(true);
  }

  private static String run(String choice, String... options) throws Exception {
    return output(java(choice, System.getProperty("java.class.path"), List.of(options)).start());
  }

  private static String output(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Test
  void withoutALibraryTheVectorKernelsServeAndTellWhy() throws Exception {
    String missing = "-Dsirocco.native.library=" + folder.resolve("none.so");
    assertThat(run("auto", missing))
        .contains("vector, right: vector kernels; native kernels are not there: ")
        .contains("none.so could not be loaded as a library of ");
    assertThat(run("native", missing)).contains("refused: native kernels are not there: ");
  }

  @Test
  void aLibraryOfAnotherProgramIsRefused() throws Exception {
    Path foreign = Path.of(System.getProperty("java.home"), "lib", "libzip.so");
    assumeThat(foreign).exists();
    assertThat(run("auto", "-Dsirocco.native.library=" + foreign))
        .contains("vector, right: ")
        .contains("the native library has interface 0, but this program wants ");
  }

  @Test
  void aTierThatTheCpuDoesNotRunGivesWayToTheVectorKernels() throws Exception {
    assumeThat(KernelSelection.nativeProblem()).isEmpty();
    String tier = NativeTier.AVX512_BF16.optionName();
    if (NativeFunctions.isUsable(NativeTier.AVX512_BF16)) {
      tier = NativeTier.NEON_I8MM.optionName();
    }
    assertThat(run("auto", "-Dsirocco.native.tier=" + tier))
        .contains("vector, right: ")
        .containsPattern("(does not run the tier|has no tier) " + tier);
  }

  @Test
  void aTierThatDoesNotExistIsAnErrorWithTheKnownOnes() throws Exception {
    assumeThat(KernelSelection.nativeProblem()).isEmpty();
    assertThat(run("auto", "-Dsirocco.native.tier=mmx"))
        .contains("refused: unknown native tier 'mmx'; choose one of baseline, avx2, ");
  }

  @Test
  void aCpuWithoutTheBetterTiersGetsTheBestThatItRuns() {
    assertThat(NativeKernels.bestTier(tier -> false)).isEqualTo(NativeTier.BASELINE);
    assertThat(NativeKernels.bestTier(tier -> tier.compareTo(NativeTier.AVX2) <= 0))
        .isEqualTo(NativeTier.AVX2);
  }

  @Test
  void twoProcessesThatUnpackTheLibraryAtOnceBothComputeRight() throws Exception {
    String classPath = jarOfKernels();
    Path temporary = Files.createDirectories(folder.resolve("temporary"));
    List<String> options = List.of("-Djava.io.tmpdir=" + temporary);
    Process first = java("native", classPath, options).start();
    Process second = java("native", classPath, options).start();
    assertThat(output(first)).contains("native, right: ");
    assertThat(output(second)).contains("native, right: ");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void aTemporaryFolderThatForbidsExecutionIsPassedOver() throws Exception {
    Path mounted = Files.createDirectories(folder.resolve("mounted"));
    List<String> unshare = List.of("unshare", "--mount", "--map-root-user");
    String mount = "mount -t tmpfs -o noexec tmpfs '%s'".formatted(mounted);
    assumeThat(succeeds(unshare, mount)).as("folders can be mounted with noexec").isTrue();
    List<String> options =
        List.of("-Djava.io.tmpdir=" + mounted, "-Duser.home=" + folder.resolve("home"));
    List<String> program = java("auto", jarOfKernels(), options).command();
    String quoted = "'" + String.join("' '", program) + "'";

    assertThat(output(shell(unshare, mount + " && " + quoted))).contains("native, right: ");

    String home = "-Duser.home=" + mounted;
    program = java("auto", jarOfKernels(), List.of(options.getFirst(), home)).command();
    quoted = "'" + String.join("' '", program) + "'";
    assertThat(output(shell(unshare, mount + " && " + quoted)))
        .contains("vector, right: ")
        .contains("could be unpacked and loaded in none of " + mounted)
        .contains("set -Djava.io.tmpdir to a folder that may be written and executed from");
  }

  private static Process shell(List<String> prefix, String script) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of("sh", "-c", script));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static boolean succeeds(List<String> prefix, String script) throws Exception {
    try {
      Process process = shell(prefix, script);
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false; // no such program
    }
  }

  /**
   * A class path on which the kernels and their library lie in a jar, as when they are installed.
   */
  private String jarOfKernels() throws IOException {
    URL library =
        NativeLoader.class.getResource("native/" + NativeLoader.platform() + "/libsirocco.so");
    assumeThat(library).as("native kernels were built").isNotNull();
    assumeThat(library.getProtocol()).isEqualTo("file");
    Path classes = Path.of(URI.create(library.toString())).resolve("../../../../../..").normalize();
    Path jar = folder.resolve("kernels.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out);
        var files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        zip.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, zip);
        zip.closeEntry();
      }
    }
    String others = System.getProperty("java.class.path");
    return jar + System.getProperty("path.separator") + others;
  }
}
