package dev.sirocco.server;

import dev.sirocco.server.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that asks for nothing bad, and reads its stream to the end. */
final class HealthyStream {

  private static final String PATH = "/v1/completions";
  private static final String BODY =
      "{\"prompt\":\"The king\",\"max_tokens\":40,\"seed\":3,\"ignore_eos\":true,\"stream\":%s}";

  private final Socket socket;

  private HealthyStream(Socket socket) {
    this.socket = socket;
  }

  /** What it is answered when nobody else asks. */
  static String textAlone(TestServer server) {
    return server.ok(PATH, BODY.formatted(false)).path("choices").get(0).path("text").asString();
  }

  /** Asks, and waits until the stream has begun. */
  static HealthyStream begin(TestServer server) throws IOException {
    Socket socket = server.connect();
    TestServer.write(socket, TestServer.wire(PATH, BODY.formatted(true)));
    String status = TestServer.firstLine(socket);
    if (!status.startsWith("HTTP/1.1 200 ")) {
      throw new AssertionError(status);
    }
    return new HealthyStream(socket);
  }

  /** The text of the stream, which has to end with {@code [DONE]}. */
  String rest() throws IOException {
    StringBuilder text = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); !"data: [DONE]".equals(line); line = lines.readLine()) {
        if (line == null) {
          throw new AssertionError("the stream broke off after: " + text);
        }
        if (line.startsWith("data: ")) {
          text.append(Json.read(line.substring(6)).path("choices").path(0).path("text").asString());
        }
      }
    }
    return text.toString();
  }
}
