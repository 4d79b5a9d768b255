package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatFormatsTest {

  private static FakeGguf withControls(String... controls) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>", "▁", "a"));
    tokens.addAll(List.of(controls));
    long[] types = new long[tokens.size()];
    Arrays.fill(types, 3);
    types[0] = 2;
    types[3] = 1;
    types[4] = 1;
    return FakeGguf.sentencePiece()
        .with("ggml.tokens", tokens)
        .with("ggml.token_type", types)
        .with("ggml.scores", new float[types.length]);
  }

  @Test
  void controlTokensTellMistralsVersionsApart() {
    FakeGguf v2 = withControls("[INST]", "[/INST]", "[TOOL_CALLS]");
    FakeGguf v3 = withControls("[INST]", "[/INST]", "[TOOL_CALLS]", "[PREFIX]");
    assertThat(ChatFormat.of(v2.load()).name()).isEqualTo("mistral-v2");
    assertThat(ChatFormat.of(v3.load()).name()).isEqualTo("mistral-v3");
    String mistrals = "{{ bos_token }}[INST] {{ messages[0].content }}[/INST]";
    assertThat(ChatFormat.of(v3.with("chat_template", mistrals).load()).name())
        .isEqualTo("mistral-v3");
    assertThat(ChatFormat.of(v3.with("chat_template", "<|user|>").load()).name())
        .isEqualTo("template");
    assertThat(ChatFormat.of(v3.with("chat_template", "[SYSTEM_PROMPT][INST]").load()).name())
        .isEqualTo("template");
  }

  @Test
  void theTemplateOfAnotherFamilyThatWritesInstIsUsedAsItIs() {
    FakeGguf llama = FakeGguf.sentencePiece().with("chat_template", "[INST] <<SYS>>");
    assertThat(ChatFormat.of(llama.load()).name()).isEqualTo("template");
  }

  @Test
  void aVocabularyOfAnotherFamilyIsNotTakenForMistrals() {
    Tokenizer llama = Tokenizer.load(SharedFiles.file("tokenizers/ggml-vocab-llama-spm.gguf"));
    assertThat(ChatFormat.of(llama).name()).isEqualTo("plain");
  }

  @Test
  void aModelWithoutFormatGetsQuestionsAndAnswers() {
    ChatFormat format = ChatFormat.of(FakeGguf.sentencePiece().load());
    assertThat(format.name()).isEqualTo("plain");
    assertThat(format.stopTexts()).containsExactly("\nQuestion:");
    RenderedChat chat =
        format.render(
            List.of(
                ChatMessage.system("s"),
                ChatMessage.user("a"),
                ChatMessage.assistant("b"),
                ChatMessage.user("c")));
    assertThat(chat.text()).isEqualTo("s\n\nQuestion: a\nAnswer: b\n\nQuestion: c\nAnswer:");
    assertThat(chat.tokens()).startsWith(1);
    assertThatThrownBy(() -> format.render(List.of(ChatMessage.tool("x", "f", "1"))))
        .hasMessageContaining("this model has no chat format with tools");
  }

  @Test
  void theEmbeddedDefaultModelCanChat() {
    Tokenizer tiny = Tokenizer.load(SharedFiles.file("models/sirocco-tiny-Q8_0.gguf"));
    RenderedChat chat = ChatFormat.of(tiny).render(List.of(ChatMessage.user("Who are you?")));
    assertThat(chat.tokens()).startsWith(1).doesNotContain(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | the conversation has no message; wanted at least one",
        "[u,a] | messages[1] is the last one and has role assistant",
        "[t] | messages[0] has role tool after nothing; wanted one of system, user, assistant",
        "[u,t] | messages[1] has role tool after user; wanted one of system, user, assistant",
        "[u,c,u] | messages[3] follows 1 tool calls without a result",
        "[u,c,t,t,u] | messages[5] follows 1 more tool results than tool calls",
        "[u,e,u] | messages[1] is empty; a message of role assistant needs content or tool calls",
        "[u,b,t] | messages[1] has both content and tool calls",
        "[u,n,t] | messages[1] names the tool 'no name'; wanted 1 to 64 letters",
        "[u,i,t] | messages[1] has the tool call id 'short'; wanted 9 letters and digits"
      })
  void mistralsFormatsSayWhichRuleAConversationBreaks(String messages, String reason) {
    ChatFormat format =
        ChatFormat.of(withControls("[INST]", "[/INST]", "[TOOL_CALLS]", "[PREFIX]").load());
    List<ChatMessage> conversation =
        messages.equals("[]")
            ? List.of()
            : Arrays.stream(messages.substring(1, messages.length() - 1).split(","))
                .map(ChatFormatsTest::message)
                .toList();
    assertThatThrownBy(() -> format.render(conversation))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  private static ChatMessage message(String kind) {
    return switch (kind) {
      case "u" -> ChatMessage.user("a");
      case "a" -> ChatMessage.assistant("a");
      case "e" -> ChatMessage.assistant("");
      case "c" -> call("", "abcdef123", "f");
      case "b" -> call("a", "abcdef123", "f");
      case "n" -> call("", "abcdef123", "no name");
      case "i" -> call("", "short", "f");
      default -> ChatMessage.tool("abcdef123", "f", "1");
    };
  }

  private static ChatMessage call(String content, String id, String name) {
    return ChatMessage.assistant(content, List.of(new ToolCall(id, name, "{}")));
  }

  @Test
  void neighbouringMessagesOfOneRoleBecomeOne() {
    Tokenizer tokenizer = Tokenizer.load(SharedFiles.file("tokenizers/mistral-v1.tokenizer.model"));
    ChatFormat format = ChatFormat.of(tokenizer);
    assertThat(
            format
                .render(List.of(ChatMessage.user("a"), ChatMessage.user(""), ChatMessage.user("b")))
                .text())
        .isEqualTo("<s>▁[INST]▁a<0x0A><0x0A>b▁[/INST]");
    assertThat(format.render(List.of(ChatMessage.system("s"))).text())
        .isEqualTo("<s>▁[INST]▁s<0x0A><0x0A>▁[/INST]");
  }
}
