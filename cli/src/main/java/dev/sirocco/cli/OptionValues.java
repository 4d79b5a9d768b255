package dev.sirocco.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers and paths of options; refusals tell people, not programmers, what is wanted. */
final class OptionValues {

  private OptionValues() {}

  /** Has a command line and its subcommands read their values here. */
  static void register(CommandLine line) {
    line.registerConverter(Integer.class, OptionValues::integer);
    line.registerConverter(int.class, OptionValues::integer);
    line.registerConverter(Long.class, OptionValues::longInteger);
    line.registerConverter(Double.class, OptionValues::real);
    line.registerConverter(Path.class, OptionValues::path);
  }

  private static int integer(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw notWhole(value, Integer.MAX_VALUE);
    }
  }

  private static long longInteger(String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw notWhole(value, Long.MAX_VALUE);
    }
  }

  private static TypeConversionException notWhole(String value, long most) {
    return new TypeConversionException(
        "'%s' is not a whole number of at most %d".formatted(value, most));
  }

  private static double real(String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'%s' is not a number, such as 0.7".formatted(value));
    }
  }

  /** An empty path would be the current folder, but is most often a variable that is not set. */
  private static Path path(String value) {
    if (value.isEmpty()) {
      throw new TypeConversionException("the path is empty; name a file or a folder");
    }
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new TypeConversionException("'%s' is not a path: %s".formatted(value, e.getReason()));
    }
  }
}
