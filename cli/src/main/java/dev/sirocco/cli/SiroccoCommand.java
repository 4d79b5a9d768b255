package dev.sirocco.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The program itself; what it does is in its subcommands. */
@Command(
    name = "sirocco",
    description = "Runs Mistral and Mixtral language models on the JVM.",
    mixinStandardHelpOptions = true,
    versionProvider = SiroccoCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "'sirocco COMMAND --help' tells the options of a command."},
    subcommands = {
      RunCommand.class,
      GenerateCommand.class,
      LogitsCommand.class,
      PerplexityCommand.class,
      TokenizeCommand.class,
      DetokenizeCommand.class,
      InspectCommand.class,
      BenchCommand.class,
      WarmUpCommand.class
    })
final class SiroccoCommand {

  private final Streams streams;

  private SiroccoCommand(Streams streams) {
    this.streams = streams;
  }

  /** The command line, reading from and writing to the given streams. */
  static CommandLine commandLine(Streams streams) {
    CommandLine line = new CommandLine(new SiroccoCommand(streams));
    line.setOut(streams.out());
    line.setErr(streams.err());
    line.setUsageHelpWidth(100);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpLongOptionsMaxWidth(36);
    line.setAbbreviatedOptionsAllowed(false);
    line.setParameterExceptionHandler(Failures::reportUsage);
    line.setExecutionExceptionHandler(
        (error, command, result) -> Failures.report(error, command.getErr()));
    return line;
  }

  /** The streams of this run of the program. */
  Streams streams() {
    return streams;
  }

  /** Tells the version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = SiroccoCommand.class.getPackage().getImplementationVersion();
      return new String[] {
        "sirocco %s (Java %s, %s %s)"
            .formatted(
                version == null ? "development build" : version,
                Runtime.version().feature(),
                System.getProperty("os.name"),
                System.getProperty("os.arch"))
      };
    }
  }
}
