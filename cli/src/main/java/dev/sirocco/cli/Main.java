package dev.sirocco.cli;

import picocli.CommandLine;

/** The {@code sirocco} program. */
public final class Main {

  private Main() {}

  /**
   * Runs a command and exits with its status: 0 for success, 1 for a failure, 2 for wrong usage.
   */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SiroccoCommand()).execute(arguments));
  }
}
