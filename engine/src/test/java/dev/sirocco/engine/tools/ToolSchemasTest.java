package dev.sirocco.engine.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.constrain.Constraint;
import dev.sirocco.engine.constrain.ConstraintState;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.tokenizer.ToolDefinition;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ToolSchemasTest {

  private static final int END = 256;
  private static final TokenVocabulary BYTES =
      TokenVocabulary.of(
          IntStream.rangeClosed(0, END).mapToObj(b -> new byte[] {(byte) b}).toList(), Set.of(END));

  private static ToolDefinition tool(String name, String schema) {
    return new ToolDefinition(name, "", schema.replace('\'', '"'));
  }

  private static boolean admits(String schema, String text) {
    ConstraintState state = Constraint.jsonSchema(schema, BYTES).newState();
    for (byte b : text.replace('\'', '"').getBytes(StandardCharsets.UTF_8)) {
      if (!state.admits(b & 0xFF)) {
        return false;
      }
      state.accept(b & 0xFF);
    }
    return state.admits(END);
  }

  @Test
  void referencesStayWithinTheirTool() {
    String schema =
        ToolSchemas.ofArray(
            List.of(
                tool(
                    "i",
                    "{'type':'object','properties':{'v':{'$ref':'#/$defs/t'}},'$defs':{'t':{'type':'integer'}}}"),
                tool(
                    "s",
                    "{'type':'object','properties':{'v':{'$ref':'#/$defs/t'}},'$defs':{'t':{'type':'string'}}}")),
            Integer.MAX_VALUE);
    assertThat(admits(schema, "[{'name':'i','arguments':{'v':1}}]")).isTrue();
    assertThat(admits(schema, "[{'name':'s','arguments':{'v':1}}]")).isFalse();
    assertThat(admits(schema, "[{'arguments':{'v':'x'},'name':'s'},{'name':'i','arguments':{}}]"))
        .isTrue();
    assertThat(admits(schema, "[{'arguments':{'v':'x'},'name':'i'}]")).isFalse();
    assertThat(admits(schema, "[]")).isFalse();
    assertThat(admits(schema, "[{'name':'i'}]")).isFalse();
  }

  @Test
  void equalIdsOfToolsDoNotMixThemUp() {
    String schema =
        ToolSchemas.ofOneCall(
            List.of(
                tool(
                    "i",
                    "{'$id':'https://a/b','$ref':'#/$defs/t','$defs':{'t':{'properties':{'v':{'type':'integer'}}}}}"),
                tool(
                    "s",
                    "{'$id':'https://a/b','$ref':'#/$defs/t','$defs':{'t':{'properties':{'v':{'type':'string'}}}}}")));
    assertThat(admits(schema, "{'name':'i','arguments':{'v':1}}")).isTrue();
    assertThat(admits(schema, "{'name':'s','arguments':{'v':1}}")).isFalse();
    assertThat(admits(schema, "{'name':'s','arguments':{'v':'1'}}")).isTrue();
  }

  @Test
  void olderDraftsKeepTheirMeaning() {
    String draft7 = "'$schema':'http://json-schema.org/draft-07/schema#'";
    String schema =
        ToolSchemas.ofOneCall(
            List.of(
                tool(
                    "f",
                    "{"
                        + draft7
                        + ",'$ref':'#/definitions/t','definitions':{'t':{'type':'object','properties':"
                        + "{'v':{'type':'array','items':[{'type':'integer'}],'additionalItems':false}}}}}")));
    assertThat(admits(schema, "{'name':'f','arguments':{'v':[1]}}")).isTrue();
    assertThat(admits(schema, "{'name':'f','arguments':{'v':['1']}}")).isFalse();
    assertThat(admits(schema, "{'name':'f','arguments':{'v':[1,1]}}")).isFalse();
    assertThatThrownBy(
            () -> ToolSchemas.ofOneCall(List.of(tool("f", "{" + draft7 + "}"), tool("g", "{}"))))
        .hasMessageContaining("for tool 'f' and '' for tool 'g'; calls can only be enforced if");
  }

  @Test
  void argumentsAreObjectsWhateverTheSchemaLeavesOpen() {
    String schema = ToolSchemas.ofOneCall(List.of(tool("f", "{}")));
    assertThat(admits(schema, "{'name':'f','arguments':{'x':[1]}}")).isTrue();
    assertThat(admits(schema, "{'name':'f','arguments':3}")).isFalse();
  }

  @Test
  void theNumberOfCallsIsBoundedAndManyToolsAreTold() {
    List<ToolDefinition> many =
        IntStream.range(0, 40)
            .mapToObj(
                i ->
                    tool(
                        "t" + i,
                        "{'properties':{'p"
                            + i
                            + "':{'type':'integer'}},'additionalProperties':false}"))
            .toList();
    String schema = ToolSchemas.ofArray(many, 1);
    assertThat(admits(schema, "[{'name':'t39','arguments':{'p39':1}}]")).isTrue();
    assertThat(admits(schema, "[{'name':'t39','arguments':{'p38':1}}]")).isFalse();
    String two =
        Stream.of("t1", "t2").map(n -> "{'name':'" + n + "','arguments':{}}").toList().toString();
    assertThat(admits(schema, two)).isFalse();
    assertThat(admits(ToolSchemas.ofArray(many, 2), two)).isTrue();
  }

  @Test
  void parametersThatAreNoSchemaAreNamed() {
    assertThatThrownBy(() -> ToolSchemas.ofOneCall(List.of(tool("f", "[1]"))))
        .hasMessage("the parameters of tool 'f' must be a JSON Schema object");
  }
}
