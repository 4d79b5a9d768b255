package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.ServerOptions;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that closes its connection ends its request within two steps of the engine. */
@Timeout(120)
class DisconnectTest {

  private static final String LONG_PROMPT = "word ".repeat(100);
  private static final int CHUNK = 8;

  private StepGate gate;
  private TestServer server;

  @BeforeEach
  void start() {
    gate = new StepGate();
    server =
        TestServer.start(
            ServingOptions.defaults().withTokenBudget(CHUNK).withMaxRunning(1),
            ServerOptions.builder(),
            gate::over);
    server.engine().addListener(gate);
  }

  @AfterEach
  void stop() {
    gate.open();
    server.close();
  }

  private Socket ask(String path, String body) throws Exception {
    Socket socket = server.connect();
    TestServer.write(socket, TestServer.wire(path, body));
    return socket;
  }

  private static String completion(String prompt, boolean stream) {
    return "{\"prompt\":\"%s\",\"max_tokens\":300,\"ignore_eos\":true,\"stream\":%s}"
        .formatted(prompt, stream);
  }

  private void assertStopsWithinTwoSteps() throws Exception {
    gate.awaitCancel();
    int before = gate.steps();
    gate.open();
    assertThat(gate.stepsAtCancelled() - before).isLessThanOrEqualTo(2);
  }

  @Test
  void whileItsAnswerIsStreamed() throws Exception {
    try (Socket socket = ask("/v1/completions", completion("Once", true))) {
      gate.awaitStep();
      gate.step(4);
      assertThat(socket.getInputStream().readNBytes(50)).asString().startsWith("HTTP/1.1 200");
    }
    assertStopsWithinTwoSteps();
    server.awaitNothingRunning();
  }

  @Test
  void whileItsAnswerIsComputedAsAWhole() throws Exception {
    try (Socket _ = ask("/v1/completions", completion("Once", false))) {
      gate.awaitStep();
      gate.step(4);
    }
    assertStopsWithinTwoSteps();
    server.awaitNothingRunning();
  }

  @Test
  void whileOneOfSeveralPromptsIsAnswered() throws Exception {
    try (Socket _ =
        ask(
            "/v1/completions",
            "{\"prompt\":[\"One\",\"Two\"],\"n\":2,\"max_tokens\":300,\"ignore_eos\":true}")) {
      gate.awaitStep();
      gate.step(2);
    }
    assertStopsWithinTwoSteps();
    server.awaitNothingRunning();
  }

  @Test
  void whileItsPromptIsRead() throws Exception {
    try (Socket _ = ask("/v1/completions", completion(LONG_PROMPT, true))) {
      gate.awaitStep();
      gate.step(2);
    }
    assertStopsWithinTwoSteps();
    server.awaitNothingRunning();
  }

  @Test
  void whileItWaitsForItsTurn() throws Exception {
    try (Socket first = ask("/v1/completions", "{\"prompt\":\"Once\",\"max_tokens\":9}")) {
      gate.awaitStep();
      try (Socket _ = ask("/v1/completions", completion("Twice", true))) {
        while (server.engine().status().queued() + server.engine().status().running() < 2) {
          Thread.onSpinWait();
        }
      }
      assertStopsWithinTwoSteps();
      assertThat(first.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
    }
  }

  @Test
  void whileATextIsEmbedded() throws Exception {
    String input = "{\"input\":[\"%s\",\"%s\"]}".formatted(LONG_PROMPT, LONG_PROMPT);
    try (Socket _ = ask("/v1/embeddings", input)) {
      gate.awaitStep();
      gate.step(2);
    }
    gate.awaitCancel();
    int before = gate.steps();
    gate.open();
    server.awaitNothingRunning();
    assertThat(gate.steps() - before).isLessThanOrEqualTo(2);
  }
}
