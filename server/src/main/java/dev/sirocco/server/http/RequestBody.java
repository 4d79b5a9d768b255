package dev.sirocco.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads bodies: JSON objects in UTF-8, of bounded length. */
public final class RequestBody {

  private RequestBody() {}

  /**
   * The fields of a body.
   *
   * @throws ApiException 413, 415, or 400 if it is no JSON object
   */
  public static JsonFields json(ServerRequest request, ServerLimits limits) {
    requireJson(request);
    return JsonFields.of(Json.read(text(bytes(request, limits.bodyBytes()))));
  }

  private static void requireJson(ServerRequest request) {
    Optional<HttpMediaType> type = request.headers().contentType();
    boolean json =
        type.isPresent()
            && type.get().type().equals("application")
            && type.get().subtype().equals("json");
    if (!json) {
      throw ApiException.unsupportedMediaType(type.map(HttpMediaType::text).orElse("none"));
    }
  }

  private static byte[] bytes(ServerRequest request, long most) {
    if (request.headers().contains(HeaderNames.CONTENT_LENGTH)
        && request.headers().contentLength().orElse(0) > most) {
      throw ApiException.tooLarge(most);
    }
    if (!request.content().hasEntity()) {
      throw ApiException.badRequest("the body is missing; wanted a JSON object");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] part = new byte[8192];
    try (InputStream in = request.content().inputStream()) {
      for (int read = in.read(part); read >= 0; read = in.read(part)) {
        if (bytes.size() + read > most) {
          throw ApiException.tooLarge(most);
        }
        bytes.write(part, 0, read);
      }
    } catch (IOException | UncheckedIOException | DataReader.InsufficientDataAvailableException e) {
      throw new CloseConnectionException("the client went away while it sent its request", e);
    }
    ClientConnection.current().bodyCame();
    return bytes.toByteArray();
  }

  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.badRequest("the body is not valid UTF-8");
    }
  }
}
