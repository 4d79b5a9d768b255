package dev.sirocco.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.sirocco.kernels.KernelSelection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class DoctorCommandTest {

  @TempDir private Path folder;

  @Test
  void aMachineWithKernelsIsWellAndItsModelIsExamined() {
    assumeThat(KernelSelection.nativeProblem()).isEmpty();
    JsonNode json = Execution.of("doctor", "--model", Execution.TINY.toString(), "--json").json();
    assertThat(json.propertyNames()).containsExactly("findings", "native", "limits", "healthy");
    assertThat(json.get("healthy").asBoolean()).isTrue();
    assertThat(named(json, "kernels").get("text").asString())
        .startsWith("C, ")
        .contains("native kernels, tier ");
    assertThat(names(json))
        .contains("java", "system", "cpu", "c kernels", "tier baseline", "check product Q4_0")
        .contains("check attention over F16", "limits", "model", "model memory", "model answers");
    assertThat(json.get("limits").get("fp32").asDouble()).isPositive();
    assertThat(json.get("limits").get("read").asDouble()).isPositive();
    assertThat(json.get("native").get("tiers").get(0).toString())
        .isEqualTo("{\"name\":\"baseline\",\"state\":\"USABLE\"}");
  }

  @Test
  void aFileThatIsNoModelIsAFailureThatIsNamedAtTheEnd() throws IOException {
    Path file = Files.writeString(folder.resolve("model.gguf"), "not a model");
    Execution execution = Execution.of("doctor", "--model", file.toString());
    assertThat(execution.status()).isEqualTo(1);
    assertThat(execution.out())
        .containsPattern("model +failed +.*model.gguf")
        .contains("something is wrong: ")
        .endsWith("model" + System.lineSeparator());
    assertThat(execution.err()).isEmpty();
  }

  @Test
  void withoutCKernelsTheRemedyIsToldAndTheVectorKernelsAreChecked() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dsirocco.native.library=" + folder.resolve("none.so"),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "doctor"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isEqualTo(1);
    assertThat(out)
        .containsPattern("c kernels +failed +.*build again with a C compiler")
        .containsPattern("kernels +ok +vector: Java Vector API")
        .containsPattern("check product Q4_0 +ok")
        .contains("something is wrong: c kernels");
  }

  private static List<String> names(JsonNode report) {
    return StreamSupport.stream(report.get("findings").spliterator(), false)
        .map(finding -> finding.get("name").asString())
        .toList();
  }

  private static JsonNode named(JsonNode report, String name) {
    return StreamSupport.stream(report.get("findings").spliterator(), false)
        .filter(finding -> finding.get("name").asString().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
