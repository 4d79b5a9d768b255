package dev.sirocco.server.openai;

import dev.sirocco.server.http.ErrorFormat;
import dev.sirocco.server.http.EventStream;
import dev.sirocco.server.http.ServerLimits;
import dev.sirocco.server.http.StreamedEvents;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.Consumer;

/** Sends an answer as a stream of events that ends with {@code [DONE]}, or with an error. */
final class StreamedAnswer {

  private StreamedAnswer() {}

  /**
   * Sends what {@code events} writes. An error before the first event is the answer's status; a
   * later one is an event.
   */
  static void send(ServerResponse response, ServerLimits limits, Consumer<EventStream> events) {
    StreamedEvents.send(
        EventStream.of(response),
        limits,
        stream -> {
          events.accept(stream);
          stream.data("[DONE]");
        },
        (stream, error) -> stream.data(ErrorFormat.OPENAI.body(error)));
  }
}
