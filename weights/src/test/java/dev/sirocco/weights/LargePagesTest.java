package dev.sirocco.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargePagesTest {

  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  @TempDir private Path folder;

  /** As the kernel itself tells: "hg" among the flags of the mapping. */
  @Test
  void theKernelIsAskedForLargePagesOfAMappedFile() throws IOException {
    assumeTrue(
        Files.exists(MAPPINGS) && Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage")),
        "no Linux with large pages");
    Path path = Files.write(folder.resolve("weights.bin"), new byte[10_000]);
    try (MappedFile file = MappedFile.open(path)) {
      assertThat(file.data().byteSize()).isEqualTo(10_000);
      List<String> lines = Files.readAllLines(MAPPINGS);
      List<String> mapping =
          lines.stream().dropWhile(line -> !line.endsWith(path.toString())).toList();
      String flags =
          mapping.stream().filter(line -> line.startsWith("VmFlags:")).findFirst().orElseThrow();
      assertThat(flags.split(" ")).contains("hg");
    }
  }

  @Test
  void anEmptyFileCanBeMapped() throws IOException {
    Path path = Files.createFile(folder.resolve("empty.bin"));
    try (MappedFile file = MappedFile.open(path)) {
      assertThat(file.data().byteSize()).isZero();
    }
  }
}
