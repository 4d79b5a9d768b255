package dev.sirocco.server.http;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How the server listens, and to whom. Immutable; made by {@link #builder()}.
 *
 * @param host name or address to listen on
 * @param port port to listen on; 0 for any free one
 * @param aliases further names of the served model
 * @param apiKeys who may ask
 * @param corsOrigins web pages of other origins that may ask, such as {@code https://example.org};
 *     {@code *} for all
 * @param allowedHosts host names under which the server may be addressed, beside {@code localhost},
 *     its own {@code host} and all addresses in numbers
 * @param safePrompt puts Mistral's guardrail before every conversation
 * @param limits how much a client may ask
 * @param shutdownDeadline for requests to end when the server closes
 * @param accessLog takes a line of JSON for each request; called by many threads
 */
public record ServerOptions(
    String host,
    int port,
    Set<String> aliases,
    ApiKeys apiKeys,
    Set<String> corsOrigins,
    Set<String> allowedHosts,
    boolean safePrompt,
    ServerLimits limits,
    Duration shutdownDeadline,
    Consumer<String> accessLog) {

  /**
   * @throws IllegalArgumentException if a value is out of range
   */
  public ServerOptions {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535, but is %d".formatted(port));
    }
    if (shutdownDeadline.isNegative()) {
      throw new IllegalArgumentException(
          "shutdown-deadline must not be negative, but is %s".formatted(shutdownDeadline));
    }
    aliases = Set.copyOf(aliases);
    corsOrigins = Set.copyOf(corsOrigins);
    allowedHosts = Set.copyOf(allowedHosts);
  }

  /** Loopback, port 8080, no keys, no foreign pages, no log, 30 seconds to shut down. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options; see {@link ServerOptions} for their meaning. Not thread-safe. */
  public static final class Builder {
    private String host = "127.0.0.1";
    private int port = 8080;
    private Set<String> aliases = Set.of();
    private ApiKeys apiKeys = ApiKeys.none();
    private Set<String> corsOrigins = Set.of();
    private Set<String> allowedHosts = Set.of();
    private boolean safePrompt;
    private ServerLimits limits = ServerLimits.defaults();
    private Duration shutdownDeadline = Duration.ofSeconds(30);
    private Consumer<String> accessLog = line -> {};

    private Builder() {}

    public Builder host(String value) {
      host = value;
      return this;
    }

    public Builder port(int value) {
      port = value;
      return this;
    }

    public Builder aliases(List<String> values) {
      aliases = Set.copyOf(values);
      return this;
    }

    public Builder apiKeys(ApiKeys value) {
      apiKeys = value;
      return this;
    }

    public Builder corsOrigins(List<String> values) {
      corsOrigins = Set.copyOf(values);
      return this;
    }

    public Builder allowedHosts(List<String> values) {
      allowedHosts = Set.copyOf(values);
      return this;
    }

    public Builder safePrompt(boolean value) {
      safePrompt = value;
      return this;
    }

    public Builder limits(ServerLimits value) {
      limits = value;
      return this;
    }

    public Builder shutdownDeadline(Duration value) {
      shutdownDeadline = value;
      return this;
    }

    public Builder accessLog(Consumer<String> value) {
      accessLog = value;
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public ServerOptions build() {
      return new ServerOptions(
          host,
          port,
          aliases,
          apiKeys,
          corsOrigins,
          allowedHosts,
          safePrompt,
          limits,
          shutdownDeadline,
          accessLog);
    }
  }
}
