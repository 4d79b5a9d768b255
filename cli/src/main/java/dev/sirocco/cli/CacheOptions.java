package dev.sirocco.cli;

import dev.sirocco.tensor.DType;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What decides the size of the key/value cache. */
final class CacheOptions {

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Longest sequence in tokens (default: what the model declares, up to 32768).")
  private Optional<Integer> context = Optional.empty();

  @Option(
      names = "--window",
      paramLabel = "W",
      converter = Window.class,
      description = "Sliding window in tokens, or none (default: the model's).")
  private Optional<Integer> window = Optional.empty();

  @Option(
      names = "--kv-type",
      paramLabel = "TYPE",
      converter = KvType.class,
      description = "Number format of the key/value cache: f32 or f16 (default: f16).")
  private Optional<DType> kvType = Optional.empty();

  /** The context that was asked for. */
  Optional<Integer> context() {
    return context;
  }

  /** The window that was asked for; 0 for none. */
  Optional<Integer> window() {
    return window;
  }

  /** The cache's number format. */
  DType kvType() {
    return kvType.orElse(DType.F16);
  }

  /** Reads a number of tokens, or {@code none} as 0. */
  static final class Window implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      if (value.equals("none")) {
        return 0;
      }
      try {
        int window = Integer.parseInt(value);
        if (window >= 1) {
          return window;
        }
      } catch (NumberFormatException e) {
        throw new TypeConversionException(unwanted(value));
      }
      throw new TypeConversionException(unwanted(value));
    }

    private static String unwanted(String value) {
      return "'%s' is neither a number of tokens of 1 or above, nor none".formatted(value);
    }
  }

  /** Reads the number format of the key/value cache. */
  static final class KvType implements ITypeConverter<DType> {
    @Override
    public DType convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "f16" -> DType.F16;
        case "f32" -> DType.F32;
        default ->
            throw new TypeConversionException("'%s' is neither f32 nor f16".formatted(value));
      };
    }
  }
}
