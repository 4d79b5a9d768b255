package dev.sirocco.weights;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The reference data outside the project; tests that need it are skipped where it is absent. */
final class Shared {

  private Shared() {}

  static Path path(String relative) {
    Path path = Path.of(System.getProperty("sirocco.shared", "../../shared")).resolve(relative);
    assumeTrue(Files.exists(path), () -> "no reference data at " + path);
    return path;
  }
}
