package dev.sirocco.server.web;

import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.SiroccoServer;
import dev.sirocco.server.http.ServerOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server with the small model that is part of the project. Its answers can be held up after a few
 * tokens, until they are cancelled, so that a test can stop one for certain.
 */
final class HeldServer implements AutoCloseable {

  private static final int EVENTS_BEFORE_HOLD = 5;

  private final LanguageModel model;
  private final ServingEngine engine;
  private final SiroccoServer server;
  private volatile boolean holding;

  /** Reached zero when an answer that was held up has been cancelled. */
  private volatile CountDownLatch cancelled = new CountDownLatch(1);

  HeldServer(ServerOptions.Builder options) {
    Path home = Path.of(Objects.requireNonNull(System.getProperty("sirocco.home")));
    this.model =
        LanguageModel.open(
            home.resolve("models/sirocco-tiny-Q8_0.gguf"), ModelOptions.defaults().withThreads(1));
    this.engine = ServingEngine.start(model, ServingOptions.defaults());
    this.server = SiroccoServer.start(options.port(0).build());
    server.serve(heldEngine(), "sirocco-tiny");
  }

  int port() {
    return server.port();
  }

  String url() {
    return server.url();
  }

  /** Holds up the answers that begin from now on. */
  CountDownLatch hold() {
    cancelled = new CountDownLatch(1);
    holding = true;
    return cancelled;
  }

  /** Lets all answers go on. */
  void release() {
    holding = false;
    cancelled.countDown();
  }

  private ServingEngine heldEngine() {
    return proxy(
        ServingEngine.class,
        (method, call) -> {
          Object result = call.run();
          return holding && method.equals("submit") ? held((AnswerStream) result) : result;
        },
        engine);
  }

  private AnswerStream held(AnswerStream stream) {
    AtomicInteger events = new AtomicInteger();
    CountDownLatch latch = cancelled;
    return proxy(
        AnswerStream.class,
        (method, call) -> {
          if (method.equals("next") && events.incrementAndGet() > EVENTS_BEFORE_HOLD) {
            latch.await();
          }
          Object result = call.run();
          if (method.equals("cancel") || method.equals("close")) {
            latch.countDown();
          }
          return result;
        },
        stream);
  }

  private interface Call {
    Object run() throws Throwable;
  }

  private interface Around {
    Object invoke(String method, Call call) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Around around, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                around.invoke(
                    method.getName(),
                    () -> {
                      try {
                        return method.invoke(target, arguments);
                      } catch (InvocationTargetException e) {
                        throw e.getCause();
                      }
                    })));
  }

  @Override
  public void close() {
    release();
    server.close();
    engine.close();
    model.close();
  }
}
