package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.testkit.Shared;
import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModels;
import dev.sirocco.weights.ModelConfig;
import dev.sirocco.weights.RopeConfig;
import dev.sirocco.weights.RopeScaling;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Tools are called over HTTP, by a model of random weights with Mistral's v3 vocabulary. */
class ToolsOverHttpTest {

  private static final String LAMP =
      """
      {"type": "object", "properties": {"on": {"type": "boolean"}, "room": {"enum": ["hall", "attic"]}},
       "required": ["on", "room"], "additionalProperties": false}
      """;

  @TempDir private static Path folder;

  private static TestServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() throws Exception {
    Path tokenizer = Shared.path("tokenizers/mistral-v3.tokenizer.model");
    ModelConfig config =
        new ModelConfig(
            "llama",
            16,
            1,
            32,
            2,
            1,
            8,
            32_768,
            2048,
            1e-5f,
            new RopeConfig(10_000, RopeLayout.INTERLEAVED, new RopeScaling.None()),
            OptionalInt.empty(),
            Optional.empty(),
            false);
    TinyModelFiles.writeHuggingFace(folder, TinyModels.weights(config, 5));
    Files.copy(tokenizer, folder.resolve("tokenizer.model.v3"));
    server = TestServer.start(folder, ServingOptions.defaults(), ServerOptions.builder());
    client = Clients.openAi(server);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static ChatCompletionCreateParams chat(Object toolChoice) {
    return ChatCompletionCreateParams.builder()
        .model(TestServer.MODEL)
        .addUserMessage("Light, please.")
        .maxCompletionTokens(400)
        .putAdditionalBodyProperty(
            "tools",
            JsonValue.from(
                List.of(
                    Map.of(
                        "type",
                        "function",
                        "function",
                        Map.of("name", "set_lamp", "parameters", lampSchema())))))
        .putAdditionalBodyProperty("tool_choice", JsonValue.from(toolChoice))
        .putAdditionalBodyProperty("parallel_tool_calls", JsonValue.from(false))
        .build();
  }

  private static Map<String, Object> lampSchema() {
    return Map.of(
        "type",
        "object",
        "properties",
        Map.of("on", Map.of("type", "boolean"), "room", Map.of("enum", List.of("hall", "attic"))),
        "required",
        List.of("on", "room"),
        "additionalProperties",
        false);
  }

  private static void assertCallsTheLamp(ChatCompletion answer) {
    ChatCompletion.Choice choice = answer.choices().getFirst();
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
    ChatCompletionMessageFunctionToolCall call =
        choice.message().toolCalls().orElseThrow().getFirst().asFunction();
    assertThat(choice.message().toolCalls().orElseThrow()).hasSize(1);
    assertThat(call.id()).matches("[a-zA-Z0-9]{9}");
    assertThat(call.function().name()).isEqualTo("set_lamp");
    JsonNode arguments = Json.read(call.function().arguments());
    assertThat(arguments.path("on").isBoolean()).isTrue();
    assertThat(arguments.path("room").asString()).isIn("hall", "attic");
    assertThat(arguments.size()).isEqualTo(2);
  }

  @Test
  void aRequiredCallKeepsToTheToolsSchema() {
    assertCallsTheLamp(client.chat().completions().create(chat("required")));
  }

  @Test
  void aNamedToolIsCalledAndStreamsAsDeltas() {
    ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
    Map<String, Object> lamp = Map.of("type", "function", "function", Map.of("name", "set_lamp"));
    try (StreamResponse<ChatCompletionChunk> chunks =
        client.chat().completions().createStreaming(chat(lamp))) {
      chunks.stream().forEach(all::accumulate);
    }
    assertCallsTheLamp(all.chatCompletion());
  }

  @Test
  void aToolsResultIsTakenInTheNextTurn() {
    JsonNode answer =
        server.ok(
            "/v1/chat/completions",
            """
            {"max_tokens": 4, "messages": [
              {"role": "user", "content": "Light, please."},
              {"role": "assistant", "content": null, "tool_calls": [{"id": "abcdefghi", "type": "function",
                "function": {"name": "set_lamp", "arguments": "{\\"on\\": true, \\"room\\": \\"hall\\"}"}}]},
              {"role": "tool", "tool_call_id": "abcdefghi", "content": "done"}]}
            """);
    assertThat(answer.path("choices").get(0).path("message").path("role").asString())
        .isEqualTo("assistant");
  }

  @Test
  void anthropicsClientsGetToolUse() {
    JsonNode answer =
        server.ok(
            "/v1/messages",
            """
            {"model": "sirocco-tiny", "max_tokens": 400, "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
             "tools": [{"name": "set_lamp", "input_schema": %s}],
             "messages": [{"role": "user", "content": "Light, please."}]}
            """
                .formatted(LAMP));
    assertThat(answer.path("stop_reason").asString()).isEqualTo("tool_use");
    JsonNode use = answer.path("content").get(0);
    assertThat(use.path("type").asString()).isEqualTo("tool_use");
    assertThat(use.path("name").asString()).isEqualTo("set_lamp");
    assertThat(use.path("input").path("on").isBoolean()).isTrue();
  }

  @Test
  void theSchemasOfForcedCallsMayBeAsLongAsOthers() {
    HttpResponse<String> response =
        server.post(
            "/v1/chat/completions",
            """
            {"max_tokens": 4, "tool_choice": "required", "messages": [{"role": "user", "content": "Light, please."}],
             "tools": [{"type": "function", "function": {"name": "set_lamp", "parameters":
               {"type": "object", "description": "%s"}}}]}
            """
                .formatted("x".repeat(300_000)));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(TestServer.error(response).path("param").asString()).isEqualTo("tools");
    assertThat(TestServer.error(response).path("message").asString())
        .startsWith("tools has 300,")
        .endsWith(" characters, but at most 262,144 are taken");
  }
}
