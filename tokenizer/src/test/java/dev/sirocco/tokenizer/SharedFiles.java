package dev.sirocco.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reference data outside the project; tests that need absent files are skipped. */
final class SharedFiles {

  private static final Path ROOT = Path.of(System.getProperty("sirocco.shared", "../shared"));

  private SharedFiles() {}

  static Path file(String name) {
    Path path = ROOT.resolve(name);
    Assumptions.assumeTrue(Files.exists(path), () -> path + " is absent");
    return path;
  }

  static JsonNode json(String name) {
    return JsonMapper.builder().build().readTree(file(name));
  }

  static int[] ids(JsonNode array) {
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = array.get(i).intValue();
    }
    return ids;
  }
}
