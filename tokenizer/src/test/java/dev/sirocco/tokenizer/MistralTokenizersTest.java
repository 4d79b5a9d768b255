package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Mistral's four tokenizers and chat formats, against the results of mistral-common. */
class MistralTokenizersTest {

  @ParameterizedTest
  @CsvSource({
    "v1, mistral-v1.tokenizer.model",
    "v2, mistral-v2.tokenizer.model",
    "v3, mistral-v3.tokenizer.model",
    "v3-tekken, mistral-v3-tekken.json"
  })
  void everyTextGivesTheReferenceIdsAndText(String version, String file) {
    Tokenizer tokenizer = Tokenizer.load(SharedFiles.file("tokenizers/" + file));
    JsonNode cases = SharedFiles.json("tokenizers/expected.json").path("raw");
    assertThat(cases.size()).isEqualTo(90);
    for (JsonNode expected : cases) {
      String text = expected.path("text").stringValue();
      int[] ids = SharedFiles.ids(expected.path(version));
      assertThat(tokenizer.encode(text, false, false)).as(text).isEqualTo(ids);
      assertThat(tokenizer.decode(ids))
          .isEqualTo(expected.path(version + ".decoded").stringValue());
      assertThat(streamed(tokenizer, ids)).isEqualTo(tokenizer.decode(ids));
    }
  }

  private static String streamed(Tokenizer tokenizer, int[] ids) {
    StreamingDecoder decoder = tokenizer.streamingDecoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      String part = decoder.next(id);
      assertThat(part).as("no part of a character").doesNotContain("\uFFFD");
      text.append(part);
    }
    return text.append(decoder.finish()).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "v1, mistral-v1.tokenizer.model",
    "v2, mistral-v2.tokenizer.model",
    "v3, mistral-v3.tokenizer.model",
    "v3-tekken, mistral-v3-tekken.json"
  })
  void everyConversationGivesTheReferencePrompt(String version, String file) throws IOException {
    Tokenizer tokenizer = Tokenizer.load(SharedFiles.file("tokenizers/" + file));
    ChatFormat format = ChatFormat.of(tokenizer);
    assertThat(format.name()).isEqualTo("mistral-" + version);
    JsonNode cases = SharedFiles.json("tokenizers/expected.json").path("chat");
    assertThat(cases.size()).isEqualTo(10);
    cases.forEach(expected -> checkConversation(format, version, expected));
    JsonNode more =
        JsonMapper.builder()
            .build()
            .readTree(Files.readString(HuggingFaceTokenizerTest.resource("mistral-chats.json")));
    assertThat(more.size()).isEqualTo(26);
    more.forEach(expected -> checkConversation(format, version, expected));
  }

  private static void checkConversation(ChatFormat format, String version, JsonNode expected) {
    List<ChatMessage> messages = ChatMessages.parse(expected.path("messages").toString());
    List<ToolDefinition> tools =
        expected.path("tools").isNull()
            ? List.of()
            : ChatMessages.parseTools(expected.path("tools").toString());
    JsonNode prompt = expected.path(version);
    if (prompt.has("error")) {
      assertThatThrownBy(() -> format.render(messages, tools))
          .as(messages.toString())
          .isInstanceOf(IllegalArgumentException.class);
      return;
    }
    RenderedChat rendered = format.render(messages, tools);
    assertThat(rendered.tokens())
        .as(rendered.text())
        .isEqualTo(SharedFiles.ids(prompt.path("tokens")));
    if (prompt.has("text")) {
      assertThat(rendered.text()).isEqualTo(prompt.path("text").stringValue());
    }
  }
}
