package dev.sirocco.server;

import dev.sirocco.engine.ServingEngine;
import dev.sirocco.server.generation.ConstraintCache;
import dev.sirocco.server.generation.ModelSlot;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.AccessGuard;
import dev.sirocco.server.http.ClientConnections;
import dev.sirocco.server.http.DirectErrors;
import dev.sirocco.server.http.Errors;
import dev.sirocco.server.http.RequestFilter;
import dev.sirocco.server.http.ServerOptions;
import dev.sirocco.server.operations.HealthHandler;
import dev.sirocco.server.operations.ServerMetrics;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * Answers over HTTP. Listens from {@link #start} on, with 503 until a model is {@link #serve
 * served}.
 *
 * {@snippet :
 * try (SiroccoServer server = SiroccoServer.start(ServerOptions.builder().port(8080).build())) {
 *   server.serve(engine, "mistral");
 *   Thread.currentThread().join();
 * }
 * }
 *
 * <p>Thread-safe. Closes neither engine nor model.
 *
 * @see dev.sirocco.engine.ServingEngine
 */
public final class SiroccoServer implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.sirocco.server");

  /** For clients to take the error that ends their answers. */
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final ServerOptions options;
  private final ModelSlot models = new ModelSlot();
  private final ServerMetrics metrics = new ServerMetrics();
  private final ClientConnections connections;
  private final RequestFilter filter;
  private final WebServer web;

  private SiroccoServer(ServerOptions options) {
    this.options = options;
    this.filter =
        new RequestFilter(
            options, new AccessGuard(options, Set.of(HealthHandler.PATH)), metrics::answered);
    this.connections = new ClientConnections(options.limits());
    metrics.watch(connections, filter);
    this.web =
        WebServer.builder()
            .host(options.host())
            .port(options.port())
            .shutdownHook(false)
            .useNio(false)
            .maxTcpConnections(options.limits().connections())
            .protocolsDiscoverServices(false)
            .addConnectionSelector(connections)
            .directHandlers(DirectErrors.handlers())
            .routing(routing(new ServerContext(options, models)))
            .build()
            .start();
  }

  private HttpRouting.Builder routing(ServerContext context) {
    HttpRouting.Builder routing = HttpRouting.builder();
    routing.addFilter(filter);
    new Errors(Endpoints.errorFormats(), SiroccoServer::logDefect).register(routing);
    Endpoints.all(context, metrics).forEach(routing::register);
    return routing;
  }

  private static void logDefect(ServerRequest request, Throwable error) {
    LOG.log(
        System.Logger.Level.ERROR,
        "%s %s failed".formatted(request.prologue().method().text(), request.path().path()),
        error);
  }

  /**
   * Listens.
   *
   * @throws IllegalStateException if the port is taken
   */
  public static SiroccoServer start(ServerOptions options) {
    requireFree(options);
    return new SiroccoServer(options);
  }

  /** Tries the address first: the web server would only log that it is taken. */
  private static void requireFree(ServerOptions options) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(options.host(), options.port()));
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot listen at %s, port %d: %s; choose another host or port"
              .formatted(options.host(), options.port(), e.getMessage()),
          e);
    }
  }

  /** Answers requests with an engine from now on, under a name and the options' aliases. */
  public void serve(ServingEngine engine, String name) {
    ConstraintCache constraints = new ConstraintCache(options.limits(), engine::vocabulary);
    metrics.watch(engine);
    metrics.watch(constraints);
    models.set(new ServedModel(engine, name, options.aliases(), Instant.now(), constraints));
  }

  /** The port that the server listens on. */
  public int port() {
    return web.port();
  }

  /** Where the server is, such as {@code http://127.0.0.1:8080}. */
  public String url() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return "http://" + host + ":" + port();
  }

  /**
   * Takes no more requests, waits for those that run until the deadline, tells the rest that the
   * server shuts down, and stops listening.
   */
  @Override
  public void close() {
    models.closing();
    try {
      if (!filter.awaitNone(options.shutdownDeadline())) {
        connections.endAnswers();
        filter.awaitNone(FAREWELL);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      web.stop();
      connections.close();
    }
  }
}
