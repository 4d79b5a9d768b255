package dev.sirocco.cli;

import dev.sirocco.server.http.ApiKeys;
import dev.sirocco.server.http.ServerLimits;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where {@code serve} listens, and to whom. */
final class ListenOptions {

  private static final String KEYS_VARIABLE = "SIROCCO_API_KEYS";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Address to listen on; 0.0.0.0 for all (default: 127.0.0.1).")
  private Optional<String> host = Optional.empty();

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port to listen on; 0 for any free one (default: 8080).")
  private Optional<Integer> port = Optional.empty();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "The model's name in the API (default: that of its file).")
  private Optional<String> name = Optional.empty();

  @Option(names = "--alias", paramLabel = "NAME", description = "A further name; may be repeated.")
  private List<String> aliases = List.of();

  @Option(
      names = "--api-key-file",
      paramLabel = "F",
      description =
          "File with the keys that open the server, one on each line (or the environment variable"
              + " SIROCCO_API_KEYS, with commas between).")
  private Optional<Path> apiKeyFile = Optional.empty();

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      description = "Web pages that may ask, such as https://example.org; may be repeated.")
  private List<String> corsOrigins = List.of();

  @Option(
      names = "--allowed-host",
      paramLabel = "NAME",
      description = "A host name under which the server may be asked; may be repeated.")
  private List<String> allowedHosts = List.of();

  @Option(
      names = "--safe-prompt",
      description = "Puts Mistral's guardrail before every conversation.")
  private boolean safePrompt;

  @Option(
      names = "--shutdown-deadline",
      paramLabel = "S",
      description = "Seconds for requests to end when the server is stopped (default: 30).")
  private Optional<Integer> shutdownDeadline = Optional.empty();

  @Option(
      names = "--access-log",
      description = "Prints a line of JSON for each request; neither keys nor texts are in it.")
  private boolean accessLog;

  /** The model's name, if one is given. */
  Optional<String> name() {
    return name;
  }

  /** Whether requests are logged. */
  boolean accessLog() {
    return accessLog;
  }

  /**
   * The options in the server's form.
   *
   * @throws ParameterException if a value is out of range
   */
  ServerOptions toServerOptions(ServerLimits limits, Consumer<String> log) throws IOException {
    try {
      ServerOptions.Builder options = ServerOptions.builder().limits(limits).accessLog(log);
      host.ifPresent(options::host);
      port.ifPresent(options::port);
      shutdownDeadline.ifPresent(s -> options.shutdownDeadline(Duration.ofSeconds(s)));
      return options
          .aliases(aliases)
          .apiKeys(keys())
          .corsOrigins(corsOrigins)
          .allowedHosts(allowedHosts)
          .safePrompt(safePrompt)
          .build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private ApiKeys keys() throws IOException {
    if (apiKeyFile.isPresent()) {
      return ApiKeys.read(apiKeyFile.get());
    }
    String variable = Optional.ofNullable(System.getenv(KEYS_VARIABLE)).orElse("");
    return ApiKeys.of(
        Arrays.stream(variable.split(",", -1))
            .map(String::strip)
            .filter(k -> !k.isEmpty())
            .toList());
  }
}
