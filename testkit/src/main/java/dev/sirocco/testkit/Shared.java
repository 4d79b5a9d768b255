package dev.sirocco.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reference data outside the project: the folder named by the system property {@code
 * sirocco.shared}. A test that asks for something absent is skipped, and its report says why.
 */
public final class Shared {

  private static final String PROPERTY = "sirocco.shared";

  private Shared() {}

  /** The file or folder {@code relative} of the reference data; skips the test if it is absent. */
  public static Path path(String relative) {
    String root = System.getProperty(PROPERTY, "");
    Assumptions.assumeFalse(
        root.isEmpty(), "skipped: the system property " + PROPERTY + " is not set");
    Path path = Path.of(root).resolve(relative);
    Assumptions.assumeTrue(
        Files.exists(path), () -> "skipped: reference data is absent: " + path.normalize());
    return path;
  }

  /** A JSON file of the reference data; skips the test if it is absent. */
  public static JsonNode json(String relative) {
    return JsonMapper.shared().readTree(text(relative));
  }

  /** A UTF-8 text of the reference data; skips the test if it is absent. */
  public static String text(String relative) {
    Path path = path(relative);
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
