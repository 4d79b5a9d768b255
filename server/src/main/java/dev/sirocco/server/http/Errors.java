package dev.sirocco.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Map;
import java.util.function.BiConsumer;

/** Turns what handlers throw into answers, in the form of the API that was asked. */
public final class Errors {

  private static final String RETRY_SECONDS = "1";

  private final Map<String, ErrorFormat> formats;
  private final BiConsumer<ServerRequest, Throwable> defects;

  /**
   * Errors.
   *
   * @param formats by the beginning of the path; elsewhere errors are OpenAI's
   * @param defects is told what should not have happened
   */
  public Errors(Map<String, ErrorFormat> formats, BiConsumer<ServerRequest, Throwable> defects) {
    this.formats = Map.copyOf(formats);
    this.defects = defects;
  }

  /** Adds the handlers of errors to a routing. */
  public void register(HttpRouting.Builder routing) {
    routing.error(ApiException.class, this::send);
    routing.error(HttpException.class, (q, r, e) -> send(q, r, of(q, e)));
    routing.error(Throwable.class, this::defect);
  }

  private static ApiException of(ServerRequest request, HttpException error) {
    return switch (error.status().code()) {
      case 404 -> ApiException.notFound(request.path().path());
      default -> ApiException.badRequest(String.valueOf(error.getMessage()));
    };
  }

  private void defect(ServerRequest request, ServerResponse response, Throwable error) {
    defects.accept(request, error);
    send(
        request,
        response,
        ApiException.internal("this is a defect of the server; its log tells more"));
  }

  /** Sends an error. */
  public void send(ServerRequest request, ServerResponse response, ApiException error) {
    if (error.status() == 429 || error.status() == 503) {
      response.header(HeaderNames.RETRY_AFTER, RETRY_SECONDS);
    }
    if (error.status() == 401) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (error.status() == 413 || error.status() == 408) {
      response.header(HeaderNames.CONNECTION, "close");
    }
    Responses.json(response, error.status(), format(request.path().path()).body(error));
  }

  /** The form of errors of a path. */
  public ErrorFormat format(String path) {
    return formats.entrySet().stream()
        .filter(entry -> path.startsWith(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(ErrorFormat.OPENAI);
  }
}
