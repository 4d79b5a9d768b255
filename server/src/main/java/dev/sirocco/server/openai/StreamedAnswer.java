package dev.sirocco.server.openai;

import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.ErrorFormat;
import dev.sirocco.server.http.EventStream;
import dev.sirocco.server.http.KeepAlive;
import dev.sirocco.server.http.ServerLimits;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.Consumer;

/** Sends an answer as a stream of events that ends with {@code [DONE]}, or with an error. */
final class StreamedAnswer {

  private static final System.Logger LOG = System.getLogger("dev.sirocco.server");

  private StreamedAnswer() {}

  /**
   * Sends what {@code events} writes. An error before the first event is the answer's status; a
   * later one is an event.
   */
  static void send(ServerResponse response, ServerLimits limits, Consumer<EventStream> events) {
    EventStream stream = EventStream.of(response);
    try (KeepAlive alive = KeepAlive.of(stream, limits.keepAlive())) {
      events.accept(stream);
      stream.data("[DONE]");
    } catch (CloseConnectionException e) {
      throw e;
    } catch (RuntimeException e) {
      if (!stream.isOpen()) {
        throw e;
      }
      stream.data(ErrorFormat.OPENAI.body(told(e)));
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
