package dev.sirocco.cli;

import dev.sirocco.engine.GenerationOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** How the tokens of an answer are chosen, and when it ends. */
final class SamplingOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(names = "--max-tokens", paramLabel = "N", description = "Most tokens of the answer.")
  private Optional<Integer> maxTokens = Optional.empty();

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "0 always takes the most likely token; about 0.7 gives varied answers (default: 0).")
  private Optional<Double> temperature = Optional.empty();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draws from the K most likely tokens only; 0 for all (default: 0).")
  private Optional<Integer> topK = Optional.empty();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Draws from the most likely tokens that together reach probability P (default: 0.95).")
  private Optional<Double> topP = Optional.empty();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Draws only from tokens at least P times as likely as the most likely one (default: 0).")
  private Optional<Double> minP = Optional.empty();

  @Option(
      names = "--repeat-penalty",
      paramLabel = "R",
      description = "Above 1: tokens that occurred become less likely (default: 1).")
  private Optional<Double> repeatPenalty = Optional.empty();

  @Option(
      names = "--presence-penalty",
      paramLabel = "P",
      description = "Taken from the logit of tokens that the answer contains (default: 0).")
  private Optional<Double> presencePenalty = Optional.empty();

  @Option(
      names = "--frequency-penalty",
      paramLabel = "F",
      description = "The same for each time the answer contains them (default: 0).")
  private Optional<Double> frequencyPenalty = Optional.empty();

  @Option(
      names = "--logit-bias",
      paramLabel = "ID:VALUE",
      converter = LogitBias.Converter.class,
      description = "Adds VALUE to the logit of token ID; -Infinity forbids it. May be repeated.")
  private List<LogitBias> logitBias = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of the draw; the same seed gives the same text (default: a new one).")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Ends the answer before this text. May be repeated.")
  private List<String> stop = new ArrayList<>();

  /**
   * The options in the engine's form.
   *
   * @param mostTokens limit of the answer where none was asked for
   * @throws ParameterException if a value is out of range
   */
  GenerationOptions.Builder toBuilder(int mostTokens) {
    if (stop.contains("")) {
      throw new ParameterException(
          spec.commandLine(), "--stop must not be an empty text; leave the option out");
    }
    GenerationOptions.Builder builder =
        GenerationOptions.builder().maxTokens(maxTokens.orElse(mostTokens)).stop(stop);
    temperature.ifPresent(builder::temperature);
    topK.ifPresent(builder::topK);
    topP.ifPresent(builder::topP);
    minP.ifPresent(builder::minP);
    repeatPenalty.ifPresent(builder::repeatPenalty);
    presencePenalty.ifPresent(builder::presencePenalty);
    frequencyPenalty.ifPresent(builder::frequencyPenalty);
    seed.ifPresent(builder::seed);
    logitBias.forEach(b -> builder.logitBias(b.id(), b.value()));
    requireValid(builder);
    return builder;
  }

  /** The messages of the refusals begin with the option's name. */
  private void requireValid(GenerationOptions.Builder builder) {
    try {
      builder.build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  /**
   * An addition to a token's logit.
   *
   * @param id the token
   * @param value what is added
   */
  record LogitBias(int id, double value) {

    /** Reads {@code ID:VALUE}. */
    static final class Converter implements ITypeConverter<LogitBias> {
      @Override
      public LogitBias convert(String text) {
        int colon = text.indexOf(':');
        try {
          return new LogitBias(
              Integer.parseInt(text.substring(0, Math.max(0, colon)).strip()),
              Double.parseDouble(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
          throw new TypeConversionException(
              "'%s' is not ID:VALUE; wanted a token id and a number, such as 1234:-2.5"
                  .formatted(text));
        }
      }
    }
  }
}
