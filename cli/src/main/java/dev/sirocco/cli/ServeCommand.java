package dev.sirocco.cli;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.server.SiroccoServer;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code sirocco serve}: answers over HTTP until it is stopped. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Answers over HTTP: OpenAI's API and more, many requests at once.",
      "Ctrl-C ends it; requests that run are answered first."
    })
final class ServeCommand implements Callable<Integer> {

  private static final Logger HTTP_LIBRARY = Logger.getLogger("io.helidon");

  @ParentCommand private SiroccoCommand program;
  @Mixin private ListenOptions listen;
  @Mixin private BatchingOptions batching;
  @Mixin private RequestLimitOptions limits;
  @Mixin private ComputeOptions compute;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "PATH",
      description = "GGUF file or model folder (default: the small model that comes with Sirocco).")
  private Optional<Path> path = Optional.empty();

  @Override
  public Integer call() throws IOException {
    HTTP_LIBRARY.setLevel(Level.WARNING);
    PrintWriter out = program.streams().out();
    PrintWriter err = program.streams().err();
    compute.toModelOptions();
    Path file = path.orElseGet(RunCommand::defaultModel);
    ServerOptions options =
        listen.toServerOptions(limits.toLimits(), line -> log(listen, out, line));
    SiroccoServer server = SiroccoServer.start(options);
    try (LanguageModel model = compute.open(file);
        ServingEngine engine = ServingEngine.start(model, batching.toServingOptions())) {
      String name = listen.name().orElseGet(() -> nameOf(file));
      server.serve(engine, name);
      err.println("%s is served at %s (%s)".formatted(name, server.url(), model.kernels()));
      err.flush();
      awaitEnd(server);
    } finally {
      server.close();
    }
    return 0;
  }

  private static void log(ListenOptions listen, PrintWriter out, String line) {
    if (listen.accessLog()) {
      synchronized (out) {
        out.println(line);
        out.flush();
      }
    }
  }

  /** The file's name without its ending. */
  private static String nameOf(Path file) {
    String name = String.valueOf(file.toAbsolutePath().normalize().getFileName());
    return name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
  }

  /** Waits for the signal that ends the program, and for the requests that run. */
  private static void awaitEnd(SiroccoServer server) {
    CountDownLatch closed = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              server.close();
              closed.countDown();
            },
            "sirocco-shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      closed.await();
    } catch (InterruptedException e) {
      Runtime.getRuntime().removeShutdownHook(hook);
      Thread.currentThread().interrupt();
    }
  }
}
