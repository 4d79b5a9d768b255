package dev.sirocco.server.http;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/** Sends answers that are complete. */
public final class Responses {

  private Responses() {}

  /** JSON, with status 200. */
  public static void json(ServerResponse response, JsonNode body) {
    json(response, 200, body);
  }

  /** JSON. */
  public static void json(ServerResponse response, int status, JsonNode body) {
    response.status(status).header(HeaderNames.CONTENT_TYPE, "application/json");
    send(response, Json.bytes(body));
  }

  /** Text of some media type, with status 200. */
  public static void text(ServerResponse response, String mediaType, String body) {
    response.header(HeaderNames.CONTENT_TYPE, mediaType);
    send(response, body.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(ServerResponse response, byte[] body) {
    try {
      response.send(body);
    } catch (UncheckedIOException | SocketWriterException e) {
      throw new CloseConnectionException("the client is gone", e);
    }
  }
}
