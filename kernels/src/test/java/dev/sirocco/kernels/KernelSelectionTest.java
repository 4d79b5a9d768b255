package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.kernels.KernelSelection.Choice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KernelSelectionTest {

  @ParameterizedTest
  @EnumSource(Choice.class)
  void choicesAreKnownByTheirLowerCaseNames(Choice choice) {
    assertThat(Choice.of(choice.optionName())).isEqualTo(choice);
  }

  @Test
  void anUnknownNameIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> Choice.of("fast"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("unknown kernels 'fast'; choose one of scalar, vector, native, auto");
  }

  @ParameterizedTest
  @EnumSource(
      value = Choice.class,
      names = {"SCALAR", "VECTOR"})
  void whatIsAskedForRuns(Choice choice) {
    KernelSelection selection = KernelSelection.pick(choice, new KernelOptions(3));
    try (Kernels kernels = selection.kernels()) {
      assertThat(kernels.name()).isEqualTo(choice.optionName());
      assertThat(kernels.threads()).isEqualTo(3);
      assertThat(kernels.description()).contains(choice.optionName()).contains("3 threads");
      assertThat(selection.reason()).isEqualTo(choice.optionName() + " kernels, as asked");
    }
  }

  @Test
  void theAutomaticChoiceIsNativeWhereThatIsThereAndElseVector() {
    KernelSelection selection = KernelSelection.pick(Choice.AUTO, new KernelOptions(1));
    try (Kernels kernels = selection.kernels()) {
      boolean there = KernelSelection.nativeProblem().isEmpty();
      assertThat(kernels.name()).isEqualTo(there ? "native" : "vector");
      assertThat(selection.reason()).startsWith(kernels.name() + " kernels");
    }
  }

  @Test
  void withoutTheNativeLibraryTheAutomaticChoiceIsVectorAndTellsWhy() throws Exception {
    assertThat(
            run(
                "auto",
                "--add-modules",
                "jdk.incubator.vector",
                "-Dsirocco.native.library=/no/such/library.so"))
        .contains("picked vector")
        .contains("vector kernels; native kernels are not there: ")
        .contains("/no/such/library.so");
  }

  @Test
  void withoutAnyFasterKernelsTheAutomaticChoiceIsScalarAndTellsWhy() throws Exception {
    assertThat(run("auto", "-Dsirocco.native.library=/no/such/library.so"))
        .contains("picked scalar")
        .contains("scalar kernels, which are slow: the module is missing; start Java with")
        .contains("native kernels are not there: /no/such/library.so");
  }

  @Test
  void withoutTheVectorModuleVectorKernelsAreAnErrorThatTellsTheRemedy() throws Exception {
    assertThat(run("vector"))
        .contains(
            "vector kernels are not there: the module is missing; "
                + "start Java with --add-modules jdk.incubator.vector");
  }

  @Test
  void withoutTheVectorModuleScalarKernelsRunWhenAskedFor() throws Exception {
    assertThat(run("scalar")).contains("picked scalar");
  }

  @Test
  void threadsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new KernelOptions(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("threads must be 1 to 4096, but is 0; leave it out to use all of");
  }

  /** Runs in a Java process of its own, for which the module is not added unless asked for. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) {
      KernelSelection selection = KernelSelection.pick(Choice.of(args[0]), new KernelOptions(1));
      System.out.println("picked " + selection.kernels().name());
      System.out.println(selection.reason());
      selection.kernels().close();
    }
  }

  private static String run(String choice, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Program.class.getName(), choice));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
