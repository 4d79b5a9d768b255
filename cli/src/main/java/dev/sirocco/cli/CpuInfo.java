package dev.sirocco.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the operating system tells of the CPU.
 *
 * @param model its name
 * @param instructions the instruction sets that matter to kernels, as Linux names them; empty where
 *     the system does not tell
 */
record CpuInfo(String model, List<String> instructions) {

  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private static final Set<String> MATTER =
      Set.of(
          "avx2",
          "fma",
          "f16c",
          "avx_vnni",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "avx512dq",
          "avx512_vnni",
          "avx512_bf16",
          "amx_int8",
          "asimd",
          "asimddp",
          "i8mm",
          "bf16",
          "sve",
          "sve2",
          "svei8mm");

  /** This machine's; on other systems than Linux only the architecture is known. */
  static CpuInfo read() {
    try {
      return Files.isReadable(CPUINFO)
          ? parse(Files.readAllLines(CPUINFO))
          : new CpuInfo(architecture(), List.of());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPUINFO, e);
    }
  }

  /** From the lines of {@code /proc/cpuinfo}, of x86 or Arm. */
  static CpuInfo parse(List<String> lines) {
    String model =
        value(lines, "model name")
            .or(() -> value(lines, "CPU part").map(part -> "Arm CPU, part " + part))
            .orElse(architecture());
    List<String> features =
        value(lines, "flags").or(() -> value(lines, "Features")).stream()
            .flatMap(all -> Arrays.stream(all.split(" ", -1)))
            .filter(MATTER::contains)
            .toList();
    return new CpuInfo(model, features);
  }

  private static Optional<String> value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  private static String architecture() {
    return System.getProperty("os.arch", "unknown");
  }
}
