package dev.sirocco.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;

/** The program itself; what it does is in its subcommands. */
@Command(
    name = "sirocco",
    description = "Runs Mistral and Mixtral language models on the JVM.",
    mixinStandardHelpOptions = true,
    versionProvider = SiroccoCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "'sirocco COMMAND --help' tells the options of a command."})
final class SiroccoCommand {

  private static final List<Class<?>> COMMANDS =
      List.of(
          RunCommand.class,
          GenerateCommand.class,
          ServeCommand.class,
          LogitsCommand.class,
          PerplexityCommand.class,
          TokenizeCommand.class,
          DetokenizeCommand.class,
          ConstrainCommand.class,
          InspectCommand.class,
          BenchCommand.class,
          DoctorCommand.class,
          WarmUpCommand.class);

  private final Streams streams;

  private SiroccoCommand(Streams streams) {
    this.streams = streams;
  }

  /**
   * Runs the program.
   *
   * @param arguments the name of a command, and its options
   * @return the exit status: 0 for success, 1 for a failure, 2 for wrong usage
   */
  static int execute(Streams streams, String... arguments) {
    CommandLine line = new CommandLine(new SiroccoCommand(streams));
    String asked = arguments.length > 0 ? arguments[0] : "";
    COMMANDS.forEach(type -> line.addSubcommand(subcommand(type, asked)));
    OptionValues.register(line);
    line.setOut(streams.out());
    line.setErr(streams.err());
    line.setUsageHelpWidth(100);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpLongOptionsMaxWidth(36);
    line.setAbbreviatedOptionsAllowed(false);
    line.setParameterExceptionHandler(Failures::reportUsage);
    line.setExecutionExceptionHandler(
        (error, command, result) -> Failures.report(error, command.getErr()));
    return line.execute(arguments);
  }

  /**
   * The command that is asked for, or of another one only what the list of commands needs: finding
   * out the options of all would take longer than all else that {@code --help} does.
   */
  private static Object subcommand(Class<?> type, String asked) {
    Command command = type.getAnnotation(Command.class);
    if (command.name().equals(asked)) {
      return CommandSpec.forAnnotatedObject(type);
    }
    CommandSpec listed = CommandSpec.create().name(command.name());
    listed.usageMessage().description(command.description()).hidden(command.hidden());
    return listed;
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
