package dev.sirocco.cli;

import dev.sirocco.model.NonFiniteException;
import dev.sirocco.weights.ModelFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Tells people what went wrong, on one line where it is not a defect of Sirocco. With the
 * environment variable {@code SIROCCO_DEBUG} set, the stack trace follows.
 */
final class Failures {

  private Failures() {}

  /** Reports wrong usage; the exit status is 2. */
  static int reportUsage(ParameterException error, String[] arguments) {
    CommandLine command = error.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println(name + ": " + String.valueOf(error.getMessage()).replaceFirst("^Error: ", ""));
    UnmatchedArgumentException.printSuggestions(error, err);
    err.println("Try '" + name + " --help'.");
    return ExitCode.USAGE;
  }

  /** Reports a failure; the exit status is 1. */
  static int report(Throwable error, PrintWriter err) {
    if (isDefect(error)) {
      line(err, "this is a defect of Sirocco; please report it with the lines that follow");
      error.printStackTrace(err);
      return ExitCode.SOFTWARE;
    }
    line(err, describe(error));
    if (System.getenv("SIROCCO_DEBUG") != null) {
      error.printStackTrace(err);
    }
    return ExitCode.SOFTWARE;
  }

  private static boolean isDefect(Throwable error) {
    return switch (error) {
      case CommandFailure e -> false;
      case ModelFormatException e -> false;
      case NonFiniteException e -> false;
      case IllegalArgumentException e -> false;
      case IllegalStateException e -> false;
      case UncheckedIOException e -> false;
      case IOException e -> false;
      case OutOfMemoryError e -> false;
      default -> true;
    };
  }

  private static void line(PrintWriter err, String message) {
    err.println("sirocco: " + message);
  }

  /** What happened, and to which file; the JDK's own messages often hold the file's name alone. */
  static String describe(Throwable error) {
    return switch (error) {
      case UncheckedIOException e when e.getCause() != null -> describe(e.getCause());
      case NoSuchFileException e -> e.getFile() + ": no such file or folder";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileSystemException e when e.getReason() != null -> e.getFile() + ": " + e.getReason();
      case OutOfMemoryError e ->
          "out of memory (%s); ask for a smaller --context or --chunk, or give the JVM more with SIROCCO_JAVA_OPTS=-Xmx4g"
              .formatted(e.getMessage());
      default -> error.getMessage() == null ? error.toString() : error.getMessage();
    };
  }
}
