package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import dev.sirocco.testkit.TinyModelFiles;
import dev.sirocco.testkit.TinyModelFiles.ExpertLayout;
import dev.sirocco.testkit.TinyModels;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Model files whose chat template means harm: chats are refused, and the server lives on. */
class HostileTemplatesTest {

  private static final String CHAT =
      "{\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";

  @TempDir private Path folder;

  private TestServer serve(String template) throws IOException {
    Path file = folder.resolve("model.gguf");
    TinyModelFiles.gguf(
            TinyModels.weights(TinyModels.dense(OptionalInt.empty()), 1), ExpertLayout.MERGED)
        .string("tokenizer.chat_template", template)
        .write(file);
    return TestServer.start(file, ServingOptions.defaults(), ServerOptions.builder());
  }

  @ParameterizedTest
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD, unit = TimeUnit.SECONDS)
  @ValueSource(
      strings = {
        "{% for i in range(1000000000) %}{% endfor %}",
        "{% for i in range(1000) %}{% for j in range(1000) %}{% for k in range(1000) %}{{ i }}{% endfor %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(t='aaaaaaaaaa') %}{% for i in range(100) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}",
        "{{ messages.__class__.__mro__ }}",
        "{{ ''.getClass().forName('java.lang.Runtime').getRuntime().exec('id') }}",
        "{{ messages[0].getClass().getClassLoader() }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}{{ os.system('id') }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}"
      })
  void aTemplateThatNeverEndsOrReachesForClassesIsRefused(String template) throws IOException {
    try (TestServer server = serve(template)) {
      HttpResponse<String> response = server.post("/v1/chat/completions", CHAT.formatted("Hi"));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
      assertThat(TestServer.error(response).path("message").asString()).contains("template");
      JsonNode text = server.ok("/v1/completions", "{\"prompt\":\"a\",\"max_tokens\":2}");
      assertThat(text.path("choices").size()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{{ 7 * 7 }}", "{% for i in range(1000000000) %}{% endfor %}", "</s><s>"})
  void whatAUserWritesIsNoTemplateAndNoControlToken(String text) throws IOException {
    try (TestServer server = serve("{{ bos_token }}{{ messages[0].content }}")) {
      JsonNode answer = server.ok("/apply-template", CHAT.formatted(text));
      assertThat(answer.path("prompt").asString()).endsWith(text);
      JsonNode usage = server.ok("/v1/chat/completions", CHAT.formatted(text)).path("usage");
      JsonNode tokens =
          server
              .ok("/tokenize", "{\"add_special\":true,\"content\":\"%s\"}".formatted(text))
              .path("tokens");
      assertThat(usage.path("prompt_tokens").intValue())
          .as(Json.write(tokens))
          .isEqualTo(tokens.size());
    }
  }
}
