package dev.sirocco.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatMessagesTest {

  @Test
  void messagesAreReadInTheFormOfOpenAisApi() {
    List<ChatMessage> messages =
        ChatMessages.parse(
            """
            {"messages": [
              {"role": "developer", "content": "Be brief."},
              {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
              {"role": "assistant", "content": null, "tool_calls": [
                {"id": "x", "type": "function", "function": {"name": "f", "arguments": "{\\"n\\": 1}"}}]},
              {"role": "tool", "tool_call_id": "x", "name": "f", "content": "7"}]}
            """);
    assertThat(messages)
        .containsExactly(
            ChatMessage.system("Be brief."),
            ChatMessage.user("ab"),
            ChatMessage.assistant("", List.of(new ToolCall("x", "f", "{\"n\": 1}"))),
            new ChatMessage(Role.TOOL, "7", List.of(), Optional.of("x"), Optional.of("f")));
  }

  @Test
  void toolsAreReadInTheFormOfOpenAisApi() {
    assertThat(
            ChatMessages.parseTools(
                """
                [{"type":"function","function":{"name":"f","parameters":{"type":"object","é":[1.50,1e-7,true,null]}}}]
                """))
        .containsExactly(
            new ToolDefinition("f", "", "{\"type\": \"object\", \"é\": [1.5, 1e-07, true, null]}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'' | messages is no valid JSON: it is empty",
        "[ | messages is no valid JSON: Unexpected end-of-input",
        "[] x | messages is no valid JSON",
        "3 | messages: found 3; wanted an array",
        "{'messages':{}} | messages: found {}; wanted an array",
        "[7] | messages[0]: found 7; wanted an object",
        "[{}] | messages[0].role: found nothing; wanted a text",
        "[{'role':'robot','content':''}] | messages[0].role: found 'robot'; wanted system, user, assistant or tool",
        "[{'role':'user'}] | messages[0].content: found nothing; wanted a text",
        "[{'role':'user','content':[{'type':'image'}]}] | messages[0].content[0].type: found 'image'; wanted text",
        "[{'role':'user','content':'a','colour':1}] | messages[0] has the unknown key",
        "[{'role':'user','content':'a','tool_calls':[{'function':{'name':'f','arguments':'{}'}}]}] | only role assistant can call tools",
        "[{'role':'assistant','tool_calls':[{'function':{'name':'f','arguments':3}}]}] | messages[0].tool_calls[0].function.arguments: found 3; wanted a text",
        "[{'role':'assistant','tool_calls':[{'function':{'name':'','arguments':'{}'}}]}] | messages[0].tool_calls[0].function.name: found ''; wanted the name of a tool"
      })
  void aBadMessageIsRefusedWithItsPlace(String json, String reason) {
    String text = json.equals("''") ? "" : json.replace('\'', '"');
    assertThatThrownBy(() -> ChatMessages.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason.replace('\'', '"'));
  }

  @Test
  void deepJsonIsRefusedAndDoesNotExhaustTheStack() {
    assertThatThrownBy(() -> ChatMessages.parse("[".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("messages is no valid JSON");
    String deep = "{\"a\":".repeat(100_000);
    assertThatThrownBy(() -> ChatMessages.parseTools("[{\"function\":{\"parameters\":" + deep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tools is no valid JSON");
  }

  @Test
  void onlyAnAssistantCallsTools() {
    assertThatThrownBy(
            () ->
                new ChatMessage(
                    Role.USER,
                    "",
                    List.of(new ToolCall("", "f", "{}")),
                    Optional.empty(),
                    Optional.empty()))
        .hasMessage(
            "a message of role user has 1 tool calls; only an assistant's message can have any");
  }
}
