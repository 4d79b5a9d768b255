package dev.sirocco.server;

import dev.sirocco.engine.EngineStatus;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;

/** A server with the small model that is part of the project, on a free port, for tests. */
final class TestServer implements AutoCloseable {

  /** The name of the served model. */
  static final String MODEL = "sirocco-tiny";

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();

  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final LanguageModel model;
  private final ServingEngine engine;
  private final SiroccoServer server;

  private TestServer(
      LanguageModel model,
      ServingOptions serving,
      ServerOptions.Builder options,
      UnaryOperator<ServingEngine> asServed) {
    this.model = model;
    this.engine = ServingEngine.start(model, serving);
    this.server = SiroccoServer.start(options.port(0).accessLog(log::add).build());
    server.serve(asServed.apply(engine), MODEL);
  }

  /** A server with the default options. */
  static TestServer start() {
    return start(ServingOptions.defaults(), ServerOptions.builder());
  }

  static TestServer start(ServingOptions serving, ServerOptions.Builder options) {
    return start(tiny(), serving, options);
  }

  static TestServer start(Path path, ServingOptions serving, ServerOptions.Builder options) {
    return start(path, serving, options, engine -> engine);
  }

  /** A server whose requests see the engine through {@code asServed}. */
  static TestServer start(
      ServingOptions serving,
      ServerOptions.Builder options,
      UnaryOperator<ServingEngine> asServed) {
    return start(tiny(), serving, options, asServed);
  }

  private static TestServer start(
      Path path,
      ServingOptions serving,
      ServerOptions.Builder options,
      UnaryOperator<ServingEngine> asServed) {
    LanguageModel model = LanguageModel.open(path, ModelOptions.defaults().withThreads(1));
    return new TestServer(model, serving, options, asServed);
  }

  /** The model that is part of the project. */
  static Path tiny() {
    return home().resolve("models/sirocco-tiny-Q8_0.gguf");
  }

  /** The project's root folder. */
  static Path home() {
    return Path.of(Objects.requireNonNull(System.getProperty("sirocco.home"), "sirocco.home"));
  }

  String url() {
    return server.url();
  }

  int port() {
    return server.port();
  }

  ServingEngine engine() {
    return engine;
  }

  LanguageModel model() {
    return model;
  }

  SiroccoServer server() {
    return server;
  }

  /** The access log so far. */
  List<String> log() {
    return List.copyOf(log);
  }

  HttpResponse<String> get(String path, String... headers) {
    return send(request(path, headers).GET().build());
  }

  HttpResponse<String> post(String path, String body, String... headers) {
    return send(
        request(path, headers)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  /** The body of an answer that has to be 200. */
  JsonNode ok(String path, String body) {
    HttpResponse<String> response = post(path, body);
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + ": " + response.body());
    }
    return Json.read(response.body());
  }

  /** The {@code error} of an answer. */
  static JsonNode error(HttpResponse<String> response) {
    return Json.read(response.body()).path("error");
  }

  HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofMinutes(5));
    return headers.length == 0 ? builder : builder.headers(headers);
  }

  static HttpResponse<String> send(HttpRequest request) {
    try {
      return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What the server answers to bytes that no client would send. */
  String raw(String request) throws IOException {
    try (Socket socket = connect()) {
      write(socket, request);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(60_000);
    return socket;
  }

  static void write(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** A request with a body, as it goes over the wire. */
  static String wire(String path, String body) {
    return "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, body.getBytes(StandardCharsets.UTF_8).length, body);
  }

  /** Waits until no request is in the engine, and no block of the cache is held. */
  void awaitNothingRunning() {
    await(status -> status.running() + status.queued() + status.usedBlocks() == 0);
  }

  /** Waits until the engine's status is as wanted. */
  void await(Predicate<EngineStatus> wanted) {
    while (!wanted.test(engine.status())) {
      Thread.onSpinWait();
    }
  }

  /** The first line that comes. */
  static String firstLine(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\r'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString();
  }

  @Override
  public void close() {
    server.close();
    engine.close();
    model.close();
  }
}
