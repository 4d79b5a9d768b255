package dev.sirocco.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code compare.sh} makes of what programs print; these print figures of their own. */
class CompareScriptTest {

  private static final String SIROCCO =
      """
      #!/bin/sh
      echo "sirocco $1" >> "$ORDER"
      case $1 in
        doctor) echo '{"findings":[],"limits":{"threads":2,"fp32":1.0E11,"int8":2e11,"read":3.2E10},"healthy":true}' ;;
        inspect) echo '{"hyper_parameters":{"tied_embeddings":false},"tensors":{"Q4_0":{"count":1}},"parameters":{"embeddings":200000000,"total":2000000000,"active_per_token":1900000000},"memory":{"weight_bytes":1000000000}}' ;;
        bench) echo '{"prefill_tokens_per_second":{"mean":50.0,"sd":0.1},"decode_tokens_per_second":{"mean":15.5,"sd":0.0}}' ;;
      esac
      """;

  private static final String PEER =
      """
      #!/bin/sh
      echo "peer" >> "$ORDER"
      printf '[\\n  {\\n    "n_prompt": 512,\\n    "n_gen": 0,\\n    "avg_ts": 25.0\\n  },\\n'
      printf '  {\\n    "n_prompt": 0,\\n    "n_gen": 32,\\n    "avg_ts": 31.0\\n  }\\n]\\n'
      """;

  @TempDir private Path folder;

  private record Finished(int status, String out, String err) {}

  @BeforeEach
  void aShellAndAwkAreThere() {
    assumeThat(Path.of("/bin/sh")).exists();
    assumeThat(Files.exists(Path.of("/usr/bin/awk")) || Files.exists(Path.of("/bin/awk"))).isTrue();
  }

  private String program(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file.toString();
  }

  private Finished compare(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of("compare.sh").toAbsolutePath().toString());
    command.addAll(List.of(arguments));
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
    builder.environment().keySet().removeAll(List.of("LLAMA_BENCH", "IK_LLAMA_BENCH", "ROOFLINE"));
    builder.environment().put("SIROCCO", program("sirocco", SIROCCO));
    builder.environment().put("ORDER", folder.resolve("order").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Finished(process.waitFor(), out, Files.readString(err));
  }

  @Test
  void theTableHasRatesSharesOfTheLimitAndRatios() throws Exception {
    String file = Files.createFile(folder.resolve("a model.gguf")).toString();
    String peer = program("peer", PEER);

    Finished finished = compare(Map.of("LLAMA_BENCH", peer, "IK_LLAMA_BENCH", peer), file);

    assertThat(finished.status()).as(finished.err()).isZero();
    // 50 tokens of 1.7e9 multiply-accumulates, of 200e9; 15.5 tokens of 0.9e9 bytes, of 32e9.
    assertThat(finished.out())
        .contains("limits: fp32 100.0, int8 200.0 G multiply-accumulates/s; read 32.0 GB/s", file)
        .containsPattern("Sirocco +50.0 +42 % +15.5 +44 %")
        .containsPattern("\nllama.cpp +25.0 +21 % +2.00 +31.0 +87 % +0.50")
        .containsPattern("\nik_llama.cpp +25.0");
  }

  @Test
  void allRunInTurnBetweenMeasurementsOfTheLimits() throws Exception {
    String file = Files.createFile(folder.resolve("model.gguf")).toString();
    compare(Map.of("LLAMA_BENCH", program("peer", PEER)), file);
    assertThat(Files.readAllLines(folder.resolve("order")))
        .containsExactly(
            "sirocco inspect",
            "sirocco doctor",
            "sirocco bench",
            "peer",
            "sirocco doctor",
            "sirocco bench",
            "peer",
            "sirocco doctor");
  }

  @Test
  void theLimitsOfAnotherProgramAreTakenAndJsonIsOneObject() throws Exception {
    String file = Files.createFile(folder.resolve("model.gguf")).toString();
    String roofline =
        program(
            "roofline",
            """
            #!/bin/sh
            echo "fp32 multiply-accumulate       50.0 G/s, 2 threads, best of 5"
            echo "bf16 multiply-accumulate   not on this CPU"
            echo "int8 multiply-accumulate      100.0 G/s, 2 threads, best of 5"
            echo "memory read                    20.0 GB/s, 2 threads, best of 5"
            """);
    Finished finished = compare(Map.of("ROOFLINE", roofline, "ROUNDS", "1"), "--json", file);
    assertThat(finished.out())
        .isEqualTo(
            "{\"limits\":{\"fp32\":50.0,\"read\":20.0,\"int8\":100.0},\"files\":[{\"file\":\""
                + file
                + "\",\"limit\":\"int8\",\"engines\":{\"Sirocco\":"
                + "{\"prefill\":{\"tokens_per_second\":50.00,\"share_of_limit\":0.8500},"
                + "\"decode\":{\"tokens_per_second\":15.50,\"share_of_limit\":0.6975}}}}]}\n");
  }

  @Test
  void aPeerThatFailsIsLeftOutWithWhatItSaid() throws Exception {
    String file = Files.createFile(folder.resolve("model.gguf")).toString();
    String broken = program("broken", "#!/bin/sh\necho 'unknown model' >&2\nexit 1\n");
    Finished finished = compare(Map.of("LLAMA_BENCH", broken, "ROUNDS", "1"), file);
    assertThat(finished.status()).isZero();
    assertThat(finished.err()).contains("unknown model", "llama.cpp failed on " + file);
    assertThat(finished.out()).contains("Sirocco").doesNotContain("llama.cpp");
  }

  @Test
  void wrongUsageIsTold() throws Exception {
    assertThat(compare(Map.of()))
        .isEqualTo(new Finished(2, "", "usage: compare.sh [--json] FILE.gguf...\n"));
    Finished finished = compare(Map.of(), folder.resolve("none.gguf").toString());
    assertThat(finished.status()).isEqualTo(1);
    assertThat(finished.err()).contains("none.gguf cannot be read");
  }
}
