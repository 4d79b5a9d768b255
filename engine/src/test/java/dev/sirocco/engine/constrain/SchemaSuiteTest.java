package dev.sirocco.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.constrain.SchemaSuite.Outcome;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real schemas with valid and invalid instances, and the official test suite. */
class SchemaSuiteTest {

  private static final Path SHARED = Path.of(System.getProperty("sirocco.shared", "../shared"));

  @TempDir Path folder;

  private static SchemaSuite suite() {
    Path file = SHARED.resolve("tokenizers/mistral-v3-tekken.json");
    Assumptions.assumeTrue(Files.exists(file), () -> file + " is absent");
    Tokenizer tokenizer = Tokenizer.load(file);
    return new SchemaSuite(
        TokenVocabulary.of(tokenizer),
        text -> tokenizer.encode(text, false, false),
        System::nanoTime);
  }

  // Every sixth schema of the file; all of them are run by hand, see docs/constrained-decoding.md.
  @Test
  void aSampleOfRealSchemasPasses() throws IOException {
    SchemaSuite suite = suite();
    List<String> lines = Files.readAllLines(SHARED.resolve("datasets/json_schema/maskbench.jsonl"));
    Path sample = folder.resolve("sample.jsonl");
    Files.write(
        sample, IntStream.range(0, lines.size() / 6).mapToObj(i -> lines.get(6 * i)).toList());
    suite.run(sample);
    assertThat(suite.results()).hasSize(77);
    assertThat(suite.count(Outcome.ADMITTED_INVALID)).isZero();
    assertThat(suite.count(Outcome.CRASHED)).isZero();
    assertThat(suite.count(Outcome.PASSING)).isGreaterThanOrEqualTo(73);
  }

  @Test
  void aSchemaThatTakesTooMuchWorkToFollowIsRefusedWithTheReason() throws IOException {
    String pattern =
        IntStream.range(0, 16)
            .mapToObj(i -> "(?=.*%c.{%d})".formatted('a' + i, i + 1))
            .collect(Collectors.joining("", "^", "[a-z]*$"));
    Path file =
        Files.writeString(
            folder.resolve("entangled.jsonl"),
            "{\"name\":\"entangled\",\"schema\":{\"type\":\"string\",\"pattern\":\"%s\"},\"tests\":[{\"data\":\"%s\",\"valid\":false}]}"
                .formatted(pattern, "abcdefghijklmnop".repeat(3)));
    SchemaSuite suite =
        new SchemaSuite(
            ByteVocabulary.VOCABULARY, text -> text.chars().toArray(), System::nanoTime);
    suite.run(file);
    assertThat(suite.results())
        .singleElement()
        .satisfies(
            r -> {
              assertThat(r.outcome()).isEqualTo(Outcome.REFUSED);
              assertThat(r.detail()).contains("too entangled");
            });
  }

  @Test
  void noInvalidInstanceOfTheOfficialSuiteIsAdmittedAndWhatIsRefusedIsListed() throws IOException {
    SchemaSuite suite = suite();
    suite.run(SHARED.resolve("datasets/json_schema/test_suite_2020_12.jsonl"));
    assertThat(suite.results()).filteredOn(r -> r.outcome() == Outcome.ADMITTED_INVALID).isEmpty();
    assertThat(suite.count(Outcome.CRASHED)).isZero();
    assertThat(suite.count(Outcome.PASSING)).isGreaterThanOrEqualTo(280);
    // Formats are enforced, which the suite of the core draft does not expect.
    assertThat(suite.results())
        .filteredOn(r -> r.outcome() == Outcome.STOPPED_VALID)
        .allMatch(r -> r.name().startsWith("format:") || r.name().startsWith("vocabulary:"));
    String page =
        Files.readString(
            Path.of(System.getProperty("sirocco.home", ".."), "docs/constrained-decoding.md"));
    assertThat(suite.results())
        .filteredOn(r -> r.outcome() == Outcome.REFUSED)
        .allSatisfy(r -> assertThat(page).contains("`" + r.name() + "`"));
  }
}
