package dev.sirocco.server.generation;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.EngineClosedException;
import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.ClientConnection;
import io.helidon.webserver.CloseConnectionException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Takes the events of answers until they are complete, and cancels them as soon as the client is
 * gone or the events can no longer be used.
 */
public final class AnswerRun {

  private AnswerRun() {}

  /**
   * Takes all events of one stream, on the thread that answers the client's request.
   *
   * @param events takes each event
   * @throws CloseConnectionException if the client is gone
   * @throws ApiException 400 if the form of an answer takes too much work to follow; 503 if the
   *     engine closes, or the server ends its answers
   */
  public static void run(AnswerStream stream, Consumer<AnswerEvent> events) {
    runAll(List.of(stream), (index, event) -> events.accept(event));
  }

  /**
   * Takes all events of several streams.
   *
   * @param events takes the index of the stream and each event; never two at once
   */
  public static void runAll(List<AnswerStream> streams, BiConsumer<Integer, AnswerEvent> events) {
    Runnable cancel = () -> streams.forEach(AnswerStream::cancel);
    try (ClientConnection.Watch client = ClientConnection.current().watch(cancel)) {
      BiConsumer<Integer, AnswerEvent> watched =
          (index, event) -> {
            client.requireGoesOn();
            events.accept(index, event);
          };
      if (streams.size() == 1) {
        take(0, streams.getFirst(), watched);
      } else {
        takeTogether(streams, watched);
      }
      client.requireGoesOn();
    } finally {
      cancel.run();
    }
  }

  private static void take(
      int index, AnswerStream stream, BiConsumer<Integer, AnswerEvent> events) {
    try {
      Optional<AnswerEvent> event = stream.next();
      while (event.isPresent()) {
        events.accept(index, event.get());
        event = stream.next();
      }
    } catch (ConstraintException e) {
      throw ApiException.badRequest(String.valueOf(e.getMessage()));
    } catch (EngineClosedException e) {
      throw ApiException.shuttingDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.shuttingDown();
    }
  }

  /** Each stream on a thread of its own, so that none waits for another's reader. */
  private static void takeTogether(
      List<AnswerStream> streams, BiConsumer<Integer, AnswerEvent> events) {
    Object turn = new Object();
    BiConsumer<Integer, AnswerEvent> oneAtATime =
        (index, event) -> {
          synchronized (turn) {
            events.accept(index, event);
          }
        };
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all =
          IntStream.range(0, streams.size())
              .<Future<?>>mapToObj(
                  i -> threads.submit(() -> takeOrCancelAll(i, streams, oneAtATime)))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiException.shuttingDown();
    }
  }

  private static void takeOrCancelAll(
      int index, List<AnswerStream> streams, BiConsumer<Integer, AnswerEvent> events) {
    try {
      take(index, streams.get(index), events);
    } catch (RuntimeException e) {
      streams.forEach(AnswerStream::cancel);
      throw e;
    }
  }
}
