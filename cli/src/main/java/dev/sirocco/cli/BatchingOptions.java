package dev.sirocco.cli;

import dev.sirocco.engine.ServingOptions;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** How {@code serve} shares the model among requests. */
final class BatchingOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--kv-memory",
      paramLabel = "SIZE",
      converter = Size.class,
      description =
          "Most memory for keys and values, such as 512M or 4G (default: one sequence of the whole"
              + " context, at least 1G, at most a quarter of the machine's).")
  private Optional<Long> kvMemory = Optional.empty();

  @Option(
      names = "--max-running",
      paramLabel = "N",
      description = "Most sequences that are answered at once (default: 64).")
  private Optional<Integer> maxRunning = Optional.empty();

  @Option(
      names = "--max-queued",
      paramLabel = "N",
      description = "Most requests that wait (default: 256).")
  private Optional<Integer> maxQueued = Optional.empty();

  @Option(names = "--no-prefix-cache", description = "Computes every prompt from its beginning.")
  private boolean noPrefixCache;

  /**
   * The options in the engine's form.
   *
   * @throws ParameterException if a value is out of range
   */
  ServingOptions toServingOptions() {
    try {
      ServingOptions options = ServingOptions.defaults().withPrefixCache(!noPrefixCache);
      options = options.withKvMemory(kvMemory.orElse(options.kvMemory()));
      options = options.withMaxRunning(maxRunning.orElse(options.maxRunning()));
      return options.withMaxQueued(maxQueued.orElse(options.maxQueued()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  /** Reads a number of bytes, with K, M or G for powers of 1024. */
  static final class Size implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      String text = value.toUpperCase(Locale.ROOT);
      int shift = text.isEmpty() ? 0 : 10 * ("KMG".indexOf(text.charAt(text.length() - 1)) + 1);
      String digits = shift > 0 ? text.substring(0, text.length() - 1) : text;
      if (!digits.matches("[0-9]{1,18}") || (shift > 0 && digits.length() > 9)) {
        throw new TypeConversionException(
            "'%s' is not a number of bytes; wanted digits, and K, M or G after them"
                .formatted(value));
      }
      return Long.parseLong(digits) << shift;
    }
  }
}
