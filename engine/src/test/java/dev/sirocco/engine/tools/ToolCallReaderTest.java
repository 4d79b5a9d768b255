package dev.sirocco.engine.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tokenizer.ToolCall;
import dev.sirocco.tokenizer.ToolCallSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes out does not depend on where the pieces of an answer are cut. */
class ToolCallReaderTest {

  private static final int CONTROL = 5;
  private static final Optional<ToolCallSyntax> ARRAY =
      Optional.of(new ToolCallSyntax.ControlToken(CONTROL));
  private static final Optional<ToolCallSyntax> MARKS =
      Optional.of(
          new ToolCallSyntax.Marks(
              "<tool_call>", "</tool_call>", List.of(1), Map.of(7, "<tool_call>")));

  private static ToolCallReader reader(Optional<ToolCallSyntax> syntax, boolean begun, int max) {
    int[] count = new int[1];
    return new ToolCallReader(syntax, begun, max, () -> "call0000" + count[0]++);
  }

  /** Text, with ¶ for the control token, in pieces whose cuts are drawn. */
  private static List<AnswerDelta> feed(ToolCallReader reader, String text, Random random) {
    List<AnswerDelta> deltas = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      if (text.charAt(from) == '¶') {
        deltas.addAll(reader.add(CONTROL, ""));
        from++;
      } else {
        int control = text.indexOf('¶', from);
        int most = control < 0 ? text.length() : control;
        int to = Math.min(most, from + 1 + random.nextInt(6));
        deltas.addAll(reader.add(100, text.substring(from, to)));
        from = to;
      }
    }
    deltas.addAll(reader.finish());
    return deltas;
  }

  private static String summary(List<AnswerDelta> deltas) {
    StringBuilder content = new StringBuilder();
    List<StringBuilder> calls = new ArrayList<>();
    for (AnswerDelta delta : deltas) {
      switch (delta) {
        case AnswerDelta.Content(String text) -> content.append(text);
        case AnswerDelta.CallStart(int index, String id, String name) -> {
          assertThat(index).isEqualTo(calls.size());
          assertThat(id).isEqualTo("call0000" + index);
          calls.add(new StringBuilder(name));
        }
        case AnswerDelta.Arguments(int index, String fragment) -> {
          assertThat(index).isEqualTo(calls.size() - 1);
          calls.get(index).append(fragment);
        }
      }
    }
    return content + "|" + String.join(";", calls);
  }

  private static void assertRead(Optional<ToolCallSyntax> syntax, String text, String wanted) {
    Random random = new Random(text.hashCode());
    for (int i = 0; i < 20; i++) {
      ToolCallReader reader = reader(syntax, false, Integer.MAX_VALUE);
      String found = summary(feed(reader, text.replace("\\n", "\n"), random));
      assertThat(found).isEqualTo(wanted.replace("\\n", "\n"));
      List<String> calls =
          reader.calls().stream().map(call -> call.name() + call.arguments()).toList();
      assertThat(reader.content() + "|" + String.join(";", calls)).isEqualTo(found);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '`',
      value = {
        "¶[{\"name\": \"f\", \"arguments\": {\"a\": [1, \"}]\\\"\"]}}]@|f{\"a\": [1, \"}]\\\"\"]}",
        "¶ [{\"name\":\"f\",\"arguments\":{}}, {\"name\":\"g\",\"arguments\":{\"x\":{}},\"id\":\"abc\"}] @|f{};g{\"x\":{}}",
        "Let me see.¶[{\"name\":\"f\",\"arguments\":{}}]@Let me see.|f{}",
        "\\n ¶[{\"name\":\"f\",\"arguments\":{}}]\\n@|f{}",
        "¶[{\"arguments\":{\"a\":1},\"name\":\"f\"}]@|f{\"a\":1}",
        "¶{\"name\":\"f\",\"arguments\":{\"a\":1}}@|f{\"a\":1}",
        "¶[{\"name\":\"f\"}]@|f{}",
        "¶[{\"name\":\"f\",\"arguments\":null}]@|f{}",
        "¶[{\"name\":\"f\",\"parameters\":{\"a\":1}}]@|f{\"a\":1}",
        "¶[{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": 1}\"}]@|f{\"a\": 1}",
        "¶[{\"name\":\"f\",\"arguments\":{}}]¶[{\"name\":\"g\",\"arguments\":{}}]@|f{};g{}",
        "¶[{\"na\\u006de\":\"f\\u00e9\",\"arguments\":{}}]@|fé{}"
      })
  void callsOfMistralsFormatAreRead(String text, String wanted) {
    assertRead(ARRAY, text, wanted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '`',
      value = {
        "Hello [{}] {\"name\":\"f\"}@Hello [{}] {\"name\":\"f\"}|",
        "¶Hello@Hello|",
        "¶[]@[]|",
        "¶[1, 2]@[1, 2]|",
        "¶[{\"name\":\"\",\"arguments\":{}}]@[{\"name\":\"\",\"arguments\":{}}]|",
        "¶[{\"name\":3,\"arguments\":{}}]@[{\"name\":3,\"arguments\":{}}]|",
        "¶[{\"arguments\":{\"a\":1}}]@[{\"arguments\":{\"a\":1}}]|",
        "¶[{\"name\":\"f\",\"arguments\":[1]}]@[{\"name\":\"f\",\"arguments\":[1]}]|",
        "¶[{\"name\":\"f\", oh no@[{\"name\":\"f\", oh no|",
        "¶[{\"name\":\"f\",\"arg@[{\"name\":\"f\",\"arg|",
        "¶[{\"name\":\"f\",\"arguments\":{}} and more@` and more|f{}`",
        "¶[{\"name\":\"f\",\"arguments\":{\"a\": ]} x@|f{\"a\": ]} x",
        "¶[{\"name\":\"f\",\"arguments\":{\"a\": \"cut o@|f{\"a\": \"cut o",
        "¶[{\"name\":\"f\",\"arguments\":{}},{\"name\":\"@,{\"name\":\"|f{}",
        "¶[{\"name\":\"f\",\"arguments\":{}}] Done.@` Done.|f{}`",
        "¶[{\"name\":\"f\",\"arguments\":{},\"id\":?}]@,\"id\":?}]|f{}",
        "¶@|"
      })
  void whatIsNoCallIsContentAndWhatIsCutOffIsKept(String text, String wanted) {
    assertRead(ARRAY, text, wanted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '`',
      value = {
        "<tool_call>\\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\\n</tool_call>@|f{\"a\": 1}",
        "I look.\\n<tool_call>\\n{\"name\":\"f\",\"arguments\":{}}\\n</tool_call>\\n<tool_call>\\n{\"name\":\"g\",\"arguments\":{}}\\n</tool_call>\\n@I look.|f{};g{}",
        "<tool_call>{\"name\":\"f\",\"arguments\":{}}<tool_call>{\"name\":\"g\",\"arguments\":{}}@|f{};g{}",
        "<tool_call>{\"name\":\"f\",\"arguments\":{}}</tool@</tool|f{}",
        "a <tool <tool_call x@a <tool <tool_call x|",
        "<<tool_call>{\"name\":\"f\"}@<|f{}",
        "<tool_call>\\nnothing\\n</tool_call>@<tool_call>\\nnothing\\n</tool_call>|",
        "1 < 2@1 < 2|"
      })
  void callsBetweenMarksAreRead(String text, String wanted) {
    assertRead(MARKS, text, wanted);
  }

  @Test
  void aMarkThatIsAControlTokenIsFound() {
    ToolCallReader reader = reader(MARKS, false, 9);
    assertThat(reader.add(7, "")).isEmpty();
    assertThat(reader.add(100, "{\"name\":\"f\",\"arguments\":{}}"))
        .containsExactly(
            new AnswerDelta.CallStart(0, "call00000", "f"), new AnswerDelta.Arguments(0, "{}"));
  }

  @Test
  void argumentsComeAsSoonAsTheyAreWritten() {
    ToolCallReader reader = reader(ARRAY, true, 9);
    assertThat(reader.add(100, " [{\"name\": \"f\", \"arg")).isEmpty();
    assertThat(reader.add(101, "uments\": {\"a"))
        .containsExactly(
            new AnswerDelta.CallStart(0, "call00000", "f"), new AnswerDelta.Arguments(0, "{\"a"));
    assertThat(reader.add(102, "\": 1")).containsExactly(new AnswerDelta.Arguments(0, "\": 1"));
    assertThat(reader.add(103, "}}]")).containsExactly(new AnswerDelta.Arguments(0, "}"));
    assertThat(reader.finish()).isEmpty();
    assertThat(reader.calls()).containsExactly(new ToolCall("call00000", "f", "{\"a\": 1}"));
  }

  @Test
  void callsBeyondTheMostAreLeftOut() {
    ToolCallReader reader = reader(ARRAY, true, 1);
    String two = "[{\"name\":\"f\",\"arguments\":{}},{\"name\":\"g\",\"arguments\":{\"a\":1}}]";
    assertThat(summary(feed(reader, two, new Random(1)))).isEqualTo("|f{}");
    assertThat(reader.calls()).hasSize(1);
  }

  @Test
  void withoutSyntaxEverythingIsContentAtOnce() {
    ToolCallReader reader = reader(Optional.empty(), false, 9);
    assertThat(reader.add(CONTROL, " <tool_call> "))
        .containsExactly(new AnswerDelta.Content(" <tool_call> "));
  }

  @Test
  void whateverIsWrittenIsReadAlikeInAnyPieces() {
    Random random = new Random(3);
    String[] parts = {
      "{",
      "}",
      "[",
      "]",
      "\"",
      ",",
      ":",
      "\\",
      " ",
      "name",
      "\"name\":\"f\"",
      "\"arguments\":{",
      "1",
      "¶",
      "<tool_call>",
      "</tool_call>",
      "null",
      "x"
    };
    for (int i = 0; i < 1500; i++) {
      StringBuilder text = new StringBuilder("¶[{");
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      for (Optional<ToolCallSyntax> syntax : List.of(ARRAY, MARKS)) {
        String once = summary(feed(reader(syntax, false, 99), text.toString(), new Random(1)));
        String again = summary(feed(reader(syntax, false, 99), text.toString(), random));
        assertThat(again).as(text.toString()).isEqualTo(once);
      }
    }
  }
}
