package dev.sirocco.server.http;

import io.helidon.webserver.CloseConnectionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Sends streams of which an error may break off the rest. */
public final class StreamedEvents {

  private static final System.Logger LOG = System.getLogger("dev.sirocco.server");

  private StreamedEvents() {}

  /**
   * Sends what {@code events} writes. An error before the first event is the answer's status; a
   * later one is written by {@code errors}.
   *
   * @throws CloseConnectionException if the client is gone
   */
  public static void send(
      EventStream stream,
      ServerLimits limits,
      Consumer<EventStream> events,
      BiConsumer<EventStream, ApiException> errors) {
    try (KeepAlive _ = KeepAlive.of(stream, limits.keepAlive())) {
      events.accept(stream);
    } catch (CloseConnectionException e) {
      throw e;
    } catch (RuntimeException e) {
      if (!stream.isOpen()) {
        throw e;
      }
      errors.accept(stream, told(e));
    }
    stream.close();
  }

  private static ApiException told(RuntimeException error) {
    if (error instanceof ApiException api) {
      return api;
    }
    LOG.log(System.Logger.Level.ERROR, "an answer broke off", error);
    return ApiException.internal("the answer broke off by a defect; the server's log tells more");
  }
}
