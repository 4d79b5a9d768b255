package dev.sirocco.cli;

/** The {@code sirocco} program. */
public final class Main {

  /** What a shell reports of a program that wrote to a closed pipe. */
  private static final int READER_IS_GONE = 141;

  private Main() {}

  /**
   * Runs a command and exits with its status: 0 for success, 1 for a failure, 2 for wrong usage.
   */
  public static void main(String[] arguments) {
    StandardOutput out = StandardOutput.ofProcess();
    Runtime.getRuntime().halt(run(arguments, out, Streams.standard(out)));
  }

  private static int run(String[] arguments, StandardOutput out, Streams streams) {
    int status;
    try {
      status = SiroccoCommand.execute(streams, arguments);
    } catch (Throwable error) {
      status = Failures.report(error, streams.err());
    }
    streams.out().flush();
    streams.err().flush();
    if (out.readerIsGone()) {
      return READER_IS_GONE;
    }
    if (out.failure().isPresent()) {
      streams
          .err()
          .println("sirocco: cannot write the output: " + out.failure().get().getMessage());
      return 1;
    }
    return status;
  }
}
