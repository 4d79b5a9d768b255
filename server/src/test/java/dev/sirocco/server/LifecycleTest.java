package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Loading, a full queue, closing; and the README's examples. */
class LifecycleTest {

  private static final String LONG =
      "{\"prompt\":\"Once\",\"max_tokens\":150,\"ignore_eos\":true,\"stream\":true}";

  @Test
  void aPortThatIsTakenIsRefused() {
    try (TestServer first = TestServer.start()) {
      assertThatThrownBy(
              () -> SiroccoServer.start(ServerOptions.builder().port(first.port()).build()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageMatching(
              "cannot listen at 127\\.0\\.0\\.1, port [0-9]+: .*; choose another host or port");
    }
  }

  @Test
  void untilAModelIsServedTheServerSaysThatItLoads() throws Exception {
    try (SiroccoServer server = SiroccoServer.start(ServerOptions.builder().port(0).build());
        HttpClient client = HttpClient.newHttpClient()) {
      for (String path : List.of("/health", "/v1/models")) {
        HttpResponse<String> response =
            client.send(
                HttpRequest.newBuilder(URI.create(server.url() + path)).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(Json.read(response.body()).path("error").path("code").asString())
            .isEqualTo("loading");
      }
    }
  }

  @Test
  void aFullQueueIsToldWithTheTimeToTryAgain() throws Exception {
    try (TestServer server =
            TestServer.start(
                ServingOptions.defaults().withMaxRunning(1).withMaxQueued(1),
                ServerOptions.builder());
        Socket first = server.connect();
        Socket second = server.connect()) {
      String endless = "{\"prompt\":\"Once\",\"max_tokens\":380,\"ignore_eos\":true}";
      TestServer.write(first, TestServer.wire("/v1/completions", endless));
      server.await(status -> status.running() == 1);
      TestServer.write(second, TestServer.wire("/v1/completions", endless));
      server.await(status -> status.queued() == 1);
      HttpResponse<String> third =
          server.post("/v1/completions", "{\"prompt\":\"Once\",\"stream\":true}");
      assertThat(third.statusCode()).isEqualTo(429);
      assertThat(third.headers().firstValue("retry-after")).isPresent();
      assertThat(TestServer.error(third).path("code").asString()).isEqualTo("queue_full");
    }
  }

  @Test
  void morePromptsThanEverRunAndWaitAreRefusedForGood() {
    try (TestServer server =
        TestServer.start(
            ServingOptions.defaults().withMaxRunning(1).withMaxQueued(2),
            ServerOptions.builder())) {
      assertTooMany(
          server,
          "\"prompt\":[\"a\",\"b\",\"c\",\"d\"]",
          "prompt holds 4 prompts and n is 1, which makes 4 answers, but no more than 3 can run and"
              + " wait together; send fewer prompts in a request");
      assertTooMany(
          server,
          "\"prompt\":[\"a\",\"b\"],\"n\":3",
          "prompt holds 2 prompts and n is 3, which makes 6 answers, but no more than 3 can run and"
              + " wait together; send fewer prompts in a request, or ask for a smaller n");
      JsonNode most =
          server.ok("/v1/completions", "{\"prompt\":[\"a\",\"b\",\"c\"],\"max_tokens\":1}");
      assertThat(most.path("choices")).hasSize(3);
    }
  }

  private static void assertTooMany(TestServer server, String fields, String message) {
    HttpResponse<String> response =
        server.post("/v1/completions", "{%s,\"max_tokens\":1}".formatted(fields));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(response.headers().firstValue("retry-after")).isEmpty();
    assertThat(TestServer.error(response).path("param").asString()).isEqualTo("prompt");
    assertThat(TestServer.error(response).path("message").asString()).isEqualTo(message);
  }

  @Test
  void promptsThatFitOnceTheQueueIsEmptyAreToldToTryAgain() throws Exception {
    try (TestServer server =
            TestServer.start(
                ServingOptions.defaults().withMaxRunning(1).withMaxQueued(2),
                ServerOptions.builder());
        Socket first = server.connect()) {
      TestServer.write(
          first,
          TestServer.wire(
              "/v1/completions", "{\"prompt\":\"Once\",\"max_tokens\":380,\"ignore_eos\":true}"));
      server.await(status -> status.running() == 1);
      HttpResponse<String> response =
          server.post("/v1/completions", "{\"prompt\":[\"a\",\"b\",\"c\"],\"max_tokens\":1}");
      assertThat(response.statusCode()).as(response.body()).isEqualTo(429);
      assertThat(response.headers().firstValue("retry-after")).isPresent();
    }
  }

  @Test
  void closingLetsAStreamEndAndRefusesNewRequests() throws Exception {
    TestServer server = TestServer.start();
    try (Socket socket = server.connect()) {
      TestServer.write(socket, TestServer.wire("/v1/completions", LONG));
      socket.getInputStream().readNBytes(100);
      CompletableFuture<Void> closing = CompletableFuture.runAsync(server.server()::close);
      assertThat(readAll(socket)).contains("data: [DONE]");
      closing.get(60, TimeUnit.SECONDS);
    } finally {
      server.close();
    }
  }

  @Test
  void whatIsNotAnsweredBeforeTheDeadlineIsToldThatTheServerShutsDown() throws Exception {
    StepGate gate = new StepGate();
    TestServer server =
        TestServer.start(
            ServingOptions.defaults(),
            ServerOptions.builder().shutdownDeadline(Duration.ZERO),
            gate::over);
    server.engine().addListener(gate);
    try (Socket streamed = server.connect();
        Socket whole = server.connect()) {
      TestServer.write(streamed, TestServer.wire("/v1/completions", LONG));
      gate.awaitStep();
      assertThat(streamed.getInputStream().readNBytes(100)).hasSize(100);
      TestServer.write(whole, TestServer.wire("/v1/completions", LONG.replace("true}", "false}")));
      while (server.engine().status().queued() + server.engine().status().running() < 2) {
        Thread.onSpinWait();
      }
      CompletableFuture<Void> closing = CompletableFuture.runAsync(server.server()::close);
      gate.awaitCancel();
      gate.open();
      assertThat(readAll(streamed)).contains("\"code\":\"shutting_down\"").doesNotContain("[DONE]");
      assertThat(readAll(whole))
          .startsWith("HTTP/1.1 503 ")
          .containsIgnoringCase("\r\nretry-after: 1\r\n")
          .contains("\"code\":\"shutting_down\"");
      closing.get(60, TimeUnit.SECONDS);
    } finally {
      gate.open();
      server.close();
    }
  }

  private static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void theReadmesExamplesRunAsTheyAreWritten() throws Exception {
    Assumptions.assumeTrue(hasCurl(), "skipped: there is no curl");
    List<String> commands =
        Files.readString(TestServer.home().resolve("README.md"))
            .lines()
            .filter(line -> line.startsWith("curl "))
            .toList();
    assertThat(commands).hasSizeGreaterThan(5);
    try (TestServer server = TestServer.start()) {
      for (String command : commands) {
        String output = run(command.replace("127.0.0.1:8080", "127.0.0.1:" + server.port()));
        if (command.contains("\"stream\": true")) {
          assertThat(output).contains("chat.completion.chunk").endsWith("data: [DONE]\n\n");
        } else if (command.endsWith("/metrics")) {
          assertThat(output).contains("sirocco_requests");
        } else {
          JsonNode answer = Json.read(output);
          assertThat(answer.has("error")).as(output).isFalse();
        }
      }
    }
  }

  private static boolean hasCurl() throws InterruptedException {
    try {
      return new ProcessBuilder("curl", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String run(String command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(command + "\n" + output).isZero();
    return output;
  }
}
