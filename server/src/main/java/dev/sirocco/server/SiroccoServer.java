package dev.sirocco.server;

import dev.sirocco.engine.ServingEngine;
import dev.sirocco.server.generation.ModelSlot;
import dev.sirocco.server.generation.ServedModel;
import dev.sirocco.server.generation.ServerContext;
import dev.sirocco.server.http.Errors;
import dev.sirocco.server.http.ServerOptions;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.time.Instant;

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

  private final ServerOptions options;
  private final ModelSlot models = new ModelSlot();
  private final WebServer web;

  private SiroccoServer(ServerOptions options) {
    this.options = options;
    ServerContext context = new ServerContext(options, models);
    HttpRouting.Builder routing = HttpRouting.builder();
    new Errors(Endpoints.errorFormats(), (request, error) -> {}).register(routing);
    Endpoints.all(context).forEach(routing::register);
    this.web =
        WebServer.builder()
            .host(options.host())
            .port(options.port())
            .shutdownHook(false)
            .routing(routing)
            .build()
            .start();
  }

  /**
   * Listens.
   *
   * @throws IllegalStateException if the port is taken
   */
  public static SiroccoServer start(ServerOptions options) {
    return new SiroccoServer(options);
  }

  /** Answers requests with an engine from now on, under a name and the options' aliases. */
  public void serve(ServingEngine engine, String name) {
    models.set(new ServedModel(engine, name, options.aliases(), Instant.now()));
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

  /** Takes no more requests, waits for those that run until the deadline, and stops listening. */
  @Override
  public void close() {
    models.closing();
    web.stop();
  }
}
