package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.ServerLimits;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who takes too long to ask, or to take the answer, is cut off; others are not. */
@Timeout(120)
class SlowClientsTest {

  private static final String CHAT = "/v1/chat/completions";
  private static final Duration PATIENCE = Duration.ofMillis(1500);

  private static TestServer server;
  private static String alone;

  private HealthyStream healthy;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            ServingOptions.defaults(),
            ServerOptions.builder()
                .limits(
                    ServerLimits.builder()
                        .headTime(PATIENCE)
                        .bodyTime(PATIENCE)
                        .writeTime(PATIENCE)
                        .build()));
    alone = HealthyStream.textAlone(server);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void anotherStreamBegins() throws IOException {
    healthy = HealthyStream.begin(server);
  }

  @AfterEach
  void theOtherStreamIsUnharmedAndNothingIsLeftBehind() throws Exception {
    assertThat(healthy.rest()).isEqualTo(alone);
    server.awaitNothingRunning();
  }

  @Test
  void aSenderThatDripsIsCutOffAlthoughItNeverStops() throws Exception {
    try (Socket socket = server.connect()) {
      byte[] drop = "x".getBytes(StandardCharsets.UTF_8);
      TestServer.write(socket, "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ");
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 2000; i++) { // 10 s, and 4 times as much if nobody reads
                  socket.getOutputStream().write(drop);
                  Thread.sleep(5);
                }
              })
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aSenderThatStopsInTheHeadIsCutOff() throws IOException {
    try (Socket socket = server.connect()) {
      TestServer.write(socket, "POST /v1/chat/completions HTTP/1.1\r\nHost: local");
      assertEnds(socket);
    }
  }

  @Test
  void aSenderThatStopsInTheBodyIsCutOff() throws IOException {
    try (Socket socket = server.connect()) {
      String request = TestServer.wire(CHAT, "{\"messages\":[]}");
      TestServer.write(socket, request.substring(0, request.length() - 3));
      assertEnds(socket);
    }
  }

  /** Reads until the server closes. */
  private static void assertEnds(Socket socket) throws IOException {
    try {
      socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      assertThat(e).hasMessageContaining("reset");
    }
  }

  @Test
  void aReaderThatStallsIsCutOffAndItsRequestEnds() throws Exception {
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(2048);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
      TestServer.write(
          socket,
          TestServer.wire(
              "/v1/completions",
              "{\"prompt\":\"Once\",\"n\":16,\"max_tokens\":300,\"ignore_eos\":true,\"stream\":true,\"logprobs\":20}"));
      server.awaitNothingRunning();
    }
  }
}
