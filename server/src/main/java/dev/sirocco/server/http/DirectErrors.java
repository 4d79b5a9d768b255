package dev.sirocco.server.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Errors of requests that are no proper HTTP, and so reach no handler. */
public final class DirectErrors implements DirectHandler {

  private DirectErrors() {}

  /** The handlers of all such errors. */
  public static DirectHandlers handlers() {
    DirectHandlers.Builder builder = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      builder.addHandler(type, new DirectErrors());
    }
    return builder.build();
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      @Nullable String message) {
    ApiException error =
        switch (status.code()) {
          case 500 -> ApiException.internal("this is a defect of the server; its log tells more");
          default ->
              ApiException.badRequest(
                  "the request is no proper HTTP: "
                      + Objects.requireNonNullElse(message, "its head"));
        };
    headers.set(HeaderNames.CONTENT_TYPE, "application/json");
    return TransportResponse.builder()
        .status(status)
        .headers(headers)
        .keepAlive(false)
        .entity(Json.bytes(ErrorFormat.OPENAI.body(error)))
        .build();
  }
}
