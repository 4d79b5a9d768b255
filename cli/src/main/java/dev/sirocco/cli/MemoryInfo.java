package dev.sirocco.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The machine's memory, from Linux's {@code /proc}. */
final class MemoryInfo {

  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private MemoryInfo() {}

  /** All memory in bytes; empty where the system does not tell. */
  static Optional<Long> totalBytes() {
    return bytes("MemTotal:");
  }

  /** What programs could take without swapping; page cache, which mapped weights are, counts. */
  static Optional<Long> availableBytes() {
    return bytes("MemAvailable:");
  }

  private static Optional<Long> bytes(String key) {
    if (!Files.isReadable(MEMINFO)) {
      return Optional.empty();
    }
    try {
      return Files.readAllLines(MEMINFO).stream()
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(key.length()).replace("kB", "").strip())
          .map(kilobytes -> Long.parseLong(kilobytes) * 1024)
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
