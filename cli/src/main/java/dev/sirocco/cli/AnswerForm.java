package dev.sirocco.cli;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What form the answer must have; at most one. */
final class AnswerForm {

  @Option(
      names = "--json-schema",
      paramLabel = "FILE",
      description = "The answer is JSON that satisfies this JSON Schema.")
  private Optional<Path> schema = Optional.empty();

  @Option(
      names = "--regex",
      paramLabel = "PATTERN",
      description = "The answer matches this regular expression as a whole.")
  private Optional<String> regex = Optional.empty();

  @Option(
      names = "--grammar",
      paramLabel = "FILE",
      description = "The answer follows this grammar in GBNF.")
  private Optional<Path> grammar = Optional.empty();

  /**
   * Compiles it for a vocabulary.
   *
   * @param standardInput what a file called {@code -} is read from
   * @throws dev.sirocco.engine.constrain.core.ConstraintException if it is wrong or cannot be
   *     enforced
   */
  Constraint compile(TokenVocabulary vocabulary, InputStream standardInput) throws IOException {
    if (regex.isPresent()) {
      return Constraint.regex(regex.get(), vocabulary);
    }
    return schema.isPresent()
        ? Constraint.jsonSchema(TextFiles.read(schema.get(), standardInput), vocabulary)
        : Constraint.grammar(TextFiles.read(grammar.orElseThrow(), standardInput), vocabulary);
  }
}
