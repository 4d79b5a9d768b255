package dev.sirocco.cli;

import dev.sirocco.server.http.ServerLimits;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How much a client may ask of {@code serve}. */
final class RequestLimitOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--max-body",
      paramLabel = "SIZE",
      converter = BatchingOptions.Size.class,
      description = "Longest body of a request (default: 8M).")
  private Optional<Long> maxBody = Optional.empty();

  @Option(
      names = "--max-head",
      paramLabel = "SIZE",
      converter = BatchingOptions.Size.class,
      description = "Longest head of a request (default: 16K).")
  private Optional<Long> maxHead = Optional.empty();

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "Most connections at once (default: 1024).")
  private Optional<Integer> maxConnections = Optional.empty();

  @Option(
      names = "--max-n",
      paramLabel = "N",
      description = "Most answers to one prompt (default: 16).")
  private Optional<Integer> maxN = Optional.empty();

  @Option(
      names = "--max-prompts",
      paramLabel = "N",
      description = "Most prompts, or texts to embed, of one request (default: 512).")
  private Optional<Integer> maxPrompts = Optional.empty();

  @Option(
      names = "--max-answer",
      paramLabel = "N",
      description = "Most tokens that a request may ask for (default: 1048576).")
  private Optional<Integer> maxAnswer = Optional.empty();

  @Option(
      names = "--max-stops",
      paramLabel = "N",
      description = "Most stop texts of one request (default: 16).")
  private Optional<Integer> maxStops = Optional.empty();

  @Option(
      names = "--max-stop-length",
      paramLabel = "N",
      description = "Longest stop text in characters (default: 1024).")
  private Optional<Integer> maxStopLength = Optional.empty();

  @Option(
      names = "--max-schema",
      paramLabel = "N",
      description = "Longest JSON Schema in characters (default: 262144).")
  private Optional<Integer> maxSchema = Optional.empty();

  @Option(
      names = "--max-grammar",
      paramLabel = "N",
      description = "Longest grammar or regular expression in characters (default: 65536).")
  private Optional<Integer> maxGrammar = Optional.empty();

  /**
   * The limits in the server's form.
   *
   * @throws ParameterException if one is not positive
   */
  ServerLimits toLimits() {
    ServerLimits.Builder limits = ServerLimits.builder();
    maxBody.ifPresent(limits::bodyBytes);
    maxHead.ifPresent(bytes -> limits.headerBytes(Math.toIntExact(Math.min(bytes, 1 << 30))));
    maxConnections.ifPresent(limits::connections);
    maxN.ifPresent(limits::n);
    maxPrompts.ifPresent(limits::prompts);
    maxAnswer.ifPresent(limits::maxTokens);
    maxStops.ifPresent(limits::stopStrings);
    maxStopLength.ifPresent(limits::stopLength);
    maxSchema.ifPresent(limits::schemaLength);
    maxGrammar.ifPresent(limits::grammarLength);
    try {
      return limits.build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
