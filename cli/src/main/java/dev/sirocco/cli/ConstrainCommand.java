package dev.sirocco.cli;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.SchemaSuite;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code sirocco constrain}: which texts a constraint admits, and how long it takes. */
@Command(
    name = "constrain",
    mixinStandardHelpOptions = true,
    description = "Tells which texts a JSON Schema, pattern or grammar admits.")
final class ConstrainCommand implements Callable<Integer> {

  @ParentCommand private SiroccoCommand program;
  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private TokenizerSource tokenizer;

  @ArgGroup(multiplicity = "1")
  private Form form;

  @Option(
      names = "--texts",
      paramLabel = "TEXTS.json",
      description = "The texts, as a JSON array of strings; not with --suite.")
  private Optional<Path> texts = Optional.empty();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  /** What texts must be like. */
  private static final class Form {
    @Option(names = "--json-schema", paramLabel = "FILE", description = "A JSON Schema.")
    private Optional<Path> schema = Optional.empty();

    @Option(
        names = "--regex",
        paramLabel = "PATTERN",
        description = "A regular expression for the whole text.")
    private Optional<String> regex = Optional.empty();

    @Option(names = "--grammar", paramLabel = "FILE", description = "A grammar in GBNF.")
    private Optional<Path> grammar = Optional.empty();

    @Option(
        names = "--suite",
        paramLabel = "FILE.jsonl",
        description = "Schemas with valid and invalid instances.")
    private Optional<Path> suite = Optional.empty();
  }

  /** One text: whether it is admitted, and otherwise how many characters were. */
  private record TextResult(String text, boolean admitted, Optional<Integer> stoppedAt) {}

  /** What {@code --texts --json} prints. */
  private record TextsReport(
      List<TextResult> results,
      double prepareUs,
      double compileUs,
      SchemaSuite.Percentiles maskUs) {}

  /** What {@code --suite --json} prints. */
  private record SuiteReport(
      long passing,
      long refused,
      long stoppedValid,
      long admittedInvalid,
      long crashed,
      double prepareUs,
      SchemaSuite.Percentiles compileUs,
      SchemaSuite.Percentiles maskUs,
      List<SchemaSuite.SchemaResult> failures) {}

  @Override
  public Integer call() throws IOException {
    if (form.suite.isPresent() == texts.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "give --texts TEXTS.json for all but --suite, which has its own");
    }
    Tokenizer loaded = tokenizer.load();
    long start = System.nanoTime();
    TokenVocabulary vocabulary = TokenVocabulary.of(loaded);
    double prepareUs = (System.nanoTime() - start) / 1e3;
    SchemaSuite suite =
        new SchemaSuite(vocabulary, text -> loaded.encode(text, false, false), System::nanoTime);
    if (form.suite.isPresent()) {
      suite.run(form.suite.get());
      print(suite, prepareUs);
    } else {
      printTexts(suite, vocabulary, prepareUs);
    }
    return 0;
  }

  private void print(SchemaSuite suite, double prepareUs) {
    List<SchemaSuite.SchemaResult> failures =
        suite.results().stream().filter(r -> r.outcome() != SchemaSuite.Outcome.PASSING).toList();
    SuiteReport report =
        new SuiteReport(
            suite.count(SchemaSuite.Outcome.PASSING),
            suite.count(SchemaSuite.Outcome.REFUSED),
            suite.count(SchemaSuite.Outcome.STOPPED_VALID),
            suite.count(SchemaSuite.Outcome.ADMITTED_INVALID),
            suite.count(SchemaSuite.Outcome.CRASHED),
            prepareUs,
            suite.compileMicros(),
            suite.maskMicros(),
            failures);
    PrintWriter out = program.streams().out();
    if (json) {
      out.println(Json.of(report));
      return;
    }
    failures.forEach(f -> out.println("%s  %s: %s".formatted(f.outcome(), f.name(), f.detail())));
    out.println(
        "%d schemas: passing %d, refused %d, stopped valid %d, admitted invalid %d, crashed %d"
            .formatted(
                suite.results().size(),
                report.passing,
                report.refused,
                report.stoppedValid,
                report.admittedInvalid,
                report.crashed));
    printTimes(prepareUs, suite.compileMicros(), suite.maskMicros());
  }

  private void printTexts(SchemaSuite suite, TokenVocabulary vocabulary, double prepareUs)
      throws IOException {
    List<String> list = readTexts();
    long start = System.nanoTime();
    Constraint constraint = compile(vocabulary);
    double compileUs = (System.nanoTime() - start) / 1e3;
    List<TextResult> results = new ArrayList<>();
    for (String text : list) {
      SchemaSuite.Check check = suite.check(constraint, text);
      results.add(
          new TextResult(
              text,
              check.admitted(),
              check.admitted() ? Optional.empty() : Optional.of(check.stoppedAt())));
    }
    PrintWriter out = program.streams().out();
    if (json) {
      out.println(Json.of(new TextsReport(results, prepareUs, compileUs, suite.maskMicros())));
      return;
    }
    for (TextResult result : results) {
      out.println(
          result
              .stoppedAt
              .map(at -> "stopped at character %d: %s".formatted(at, result.text))
              .orElse("admitted: " + result.text));
    }
    printTimes(
        prepareUs,
        new SchemaSuite.Percentiles(compileUs, compileUs, compileUs),
        suite.maskMicros());
  }

  private List<String> readTexts() throws IOException {
    JsonNode array = new JsonMapper().readTree(read(texts.orElseThrow()));
    List<String> result = new ArrayList<>();
    for (JsonNode text : array) {
      if (!array.isArray() || !text.isString()) {
        throw new ParameterException(
            spec.commandLine(), "--texts must hold a JSON array of strings");
      }
      result.add(text.stringValue());
    }
    return result;
  }

  private Constraint compile(TokenVocabulary vocabulary) {
    return form.regex
        .map(pattern -> Constraint.regex(pattern, vocabulary))
        .or(() -> form.schema.map(file -> Constraint.jsonSchema(read(file), vocabulary)))
        .or(() -> form.grammar.map(file -> Constraint.grammar(read(file), vocabulary)))
        .orElseThrow();
  }

  private String read(Path file) {
    try {
      return TextFiles.read(file, program.streams().in());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void printTimes(
      double prepareUs, SchemaSuite.Percentiles compile, SchemaSuite.Percentiles mask) {
    PrintWriter out = program.streams().out();
    out.println("microseconds: vocabulary %.0f".formatted(prepareUs));
    out.println(
        "  compile  median %.1f, 99 %% %.1f, most %.1f"
            .formatted(compile.p50(), compile.p99(), compile.max()));
    out.println(
        "  mask     median %.1f, 99 %% %.1f, most %.1f"
            .formatted(mask.p50(), mask.p99(), mask.max()));
  }
}
