package dev.sirocco.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonSchemaConstraintTest {

  private static Constraint schema(String schema) {
    return Constraint.jsonSchema(schema.replace('\'', '"'), ByteVocabulary.VOCABULARY);
  }

  private static void expect(Constraint constraint, List<String> valid, List<String> invalid) {
    for (String text : valid) {
      assertThat(ByteVocabulary.admits(constraint, text.replace('\'', '"'))).as(text).isTrue();
    }
    for (String text : invalid) {
      assertThat(ByteVocabulary.admits(constraint, text.replace('\'', '"'))).as(text).isFalse();
    }
  }

  @Test
  void propertiesComeInAnyOrderAndNoneTwice() {
    expect(
        schema(
            "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'boolean'}},"
                + "'required':['a','b'],'additionalProperties':false}"),
        List.of("{'a':1,'b':true}", "{'b': false, 'a': -7}", "{\n  'a' : 1,\n  'b' : true\n}"),
        List.of(
            "{'a':1}", "{'a':1,'a':1,'b':true}", "{'a':1,'b':true,'c':1}", "{'a':'1','b':true}"));
  }

  @Test
  void namesThatAreNotListedDoNotRepeatEither() {
    Constraint object = Constraint.jsonObject(ByteVocabulary.VOCABULARY);
    expect(
        object,
        List.of("{'x':1,'xy':2,'X':[{}]}", "{}", "{'x':{'x':1}}"),
        List.of("{'x':1,'x':2}", "{'x':1,'\\u0078':2}", "[]", "{'x':1", "{'x':1}}"));
  }

  @Test
  void aNameSpeltWithEscapesIsTheSameName() {
    Constraint constraint = schema("{'type':'object','properties':{'é':{'type':'null'}}}");
    expect(
        constraint,
        List.of("{'\\u00e9':null}", "{'\\u00E9':null}", "{'é':null}"),
        List.of("{'\\u00e9':1}", "{'é':null,'\\u00e9':null}"));
  }

  @Test
  void anObjectThatFitsNoAlternativeAnyMoreIsStoppedAtTheValue() {
    Constraint constraint =
        schema(
            "{'oneOf':[{'type':'object','properties':{'k':{'const':'a'},'v':{'type':'integer'}},"
                + "'required':['k','v']},{'type':'object','properties':{'k':{'const':'b'},"
                + "'v':{'type':'string'}},'required':['k','v']}]}");
    expect(
        constraint,
        List.of("{'k':'a','v':1}", "{'v':'x','k':'b'}", "{'v':3,'k':'a'}"),
        List.of("{'k':'a','v':'x'}", "{'v':1,'k':'b'}", "{'k':'c','v':1}"));
  }

  @Test
  void numbersKeepToBoundsAndMultiples() {
    expect(
        schema("{'type':'number','minimum':-1.5,'exclusiveMaximum':10,'multipleOf':0.25}"),
        List.of("-1.5", "-1.50", "0", "9.75", "0.250", "-0"),
        List.of("-1.75", "10", "10.0", "0.3", "9.76", "1e1"));
  }

  @Test
  void exponentsAreAdmittedOnlyWhereTheirValueSurelyFits() {
    expect(
        schema("{'type':'number'}"), List.of("1e5", "1.5E-7", "-2e+3"), List.of("1e", "01", ".5"));
    expect(schema("{'minimum':0,'type':'number'}"), List.of("1e5", "0e0"), List.of("-1e5"));
    expect(schema("{'not':{'type':'integer'}}"), List.of("1.5", "'x'"), List.of("1e0", "3", "2.0"));
  }

  @Test
  void uniqueItemsAreComparedByValue() {
    expect(
        schema("{'type':'array','items':{'type':['number','string']},'uniqueItems':true}"),
        List.of("[1,'1',2,1.5]", "[]", "['a','b','ab']"),
        List.of("[1,1.0]", "['a','b','a']", "['a','\\u0061']", "[0,-0]"));
  }

  @Test
  void finiteItemsRunOutInAUniqueArray() {
    Constraint constraint =
        schema("{'type':'array','items':{'enum':['a','b']},'uniqueItems':true,'minItems':2}");
    expect(constraint, List.of("['a','b']", "['b', 'a']"), List.of("['a']", "['a','b','a']"));
    ConstraintState state = constraint.newState();
    for (byte b : "[\"a\",\"b\"".getBytes(StandardCharsets.UTF_8)) {
      state.accept(b);
    }
    assertThat(state.admits(',')).isFalse();
  }

  @Test
  void containsCountsTheItemsThatMatch() {
    expect(
        schema("{'type':'array','contains':{'type':'integer'},'minContains':2,'maxContains':3}"),
        List.of("[1,2]", "['x',1,'y',2,3]"),
        List.of("[1]", "['x']", "[1,2,3,4]"));
  }

  @Test
  void recursionGoesAsDeepAsTheText() {
    Constraint tree =
        schema(
            "{'$ref':'#/$defs/t','$defs':{'t':{'type':'object','properties':{'c':{'type':'array',"
                + "'items':{'$ref':'#/$defs/t'}}},'required':['c'],'additionalProperties':false}}}");
    String text = "{'c':[".repeat(300) + "]}".repeat(300);
    expect(tree, List.of(text, "{'c':[{'c':[]},{'c':[]}]}"), List.of("{'c':[{}]}"));
  }

  @Test
  void whatDependsOnOtherPropertiesIsEnforced() {
    expect(
        schema(
            "{'type':'object','dependentRequired':{'a':['b']},'if':{'required':['c']},"
                + "'then':{'properties':{'b':{'type':'integer'}}}}"),
        List.of("{'b':1}", "{'a':1,'b':'x'}", "{'c':1,'b':2}", "{'b':2,'c':1}", "{}"),
        List.of("{'a':1}", "{'c':1,'b':'x'}", "{'b':'x','c':1}"));
  }

  @Test
  void theCountOfPropertiesIsBounded() {
    expect(
        schema("{'type':'object','minProperties':1,'maxProperties':2,'required':['r']}"),
        List.of("{'r':1}", "{'x':1,'r':2}"),
        List.of("{}", "{'x':1,'y':2}", "{'r':1,'x':1,'y':2}"));
  }

  @Test
  void patternsOfNamesHoldBesidesListedProperties() {
    expect(
        schema(
            "{'type':'object','properties':{'x1':{'minimum':5}},'patternProperties':"
                + "{'^x':{'type':'integer'},'2$':{'maximum':9}},'additionalProperties':false}"),
        List.of("{'x1':5}", "{'x2':9,'y2':'s'}", "{'x':100}"),
        List.of("{'x1':4}", "{'x1':'s'}", "{'x2':10}", "{'y':1}", "{'x2':'s'}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          date         | 2024-02-29           | 2023-02-29
          date-time    | 2024-01-31T23:59:59Z | 2024-04-31T00:00:00Z
          time         | 08:30:06.283185+01:00| 24:00:00Z
          email        | joe.b@example.com    | .joe@example.com
          ipv4         | 192.168.0.255        | 256.1.1.1
          ipv6         | ::ffff:1.2.3.4       | 1::2::3
          uuid         | 2eb8aa08-aa98-11ea-b4aa-73b441d16380 | 2eb8aa08aa9811eab4aa73b441d16380
          hostname     | www.example.com      | -bad.example.com
          uri          | https://a.b/c?d=e#f  | //no/scheme
          uri-reference| ../up?q              | a b
          duration     | P1Y2M3DT4H           | P1D2H
          json-pointer | /a~1b/0              | a/b
          regex        | ^(ab[a-z]{2,})+$     | ^(abc]
          """)
  void formatsAreEnforced(String format, String valid, String invalid) {
    Constraint constraint = schema("{'type':'string','format':'" + format + "'}");
    expect(constraint, List.of("'" + valid + "'"), List.of("'" + invalid + "'"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {'$ref':'#/$defs/a','$defs':{'a':{'$ref':'#/$defs/b'},'b':{'$ref':'#/$defs/a'}}} | #: "$ref" leads in a circle back to this schema, for the same value; break the circle
          {'$ref':'#'}                          | #: "$ref" leads in a circle back to this schema, for the same value; break the circle
          {'$ref':'other.json'}                 | #: "$ref": "other.json" is not enforced, as it leads out of the document or nowhere; put what it means into "$defs"
          {'$dynamicRef':'#a'}                  | #: "$dynamicRef" is not enforced
          {'type':'strin'}                      | #: "type" must be null, boolean, number, integer, string, array or object, but is "strin"
          {'items':{'pattern':'a\\\\b'}}        | #/items: "pattern": pattern 'a\\b', character 4: the word boundary \\b is not enforced; spell out what may stand there
          {'pattern':'a{1,1000000000}'}         | #: "pattern": pattern 'a{1,1000000000}', character 16: something is repeated 1000000000 times, but at most 100,000 are followed; use a smaller bound or none
          {'minLength':-1}                      | #: "minLength" must be a whole number of 0 or above, but is -1
          {'not':{'type':'string','format':'uri'}} | #: "not": the opposite of this "format" is not enforced; use "pattern" instead
          {'type':'array','items':{},'uniqueItems':true} | #: "uniqueItems" is not enforced for items that may be arrays or objects
          {'multipleOf':0.123456789}            | #: "multipleOf": multiples of 0.123456789 are not enforced: a divisor below 8,192, times or divided by a power of ten up to 10^12, is wanted
          {'type':'integer','minimum':3,'maximum':2} | #: the schema admits no value at all
          {'properties':{'a':{'$ref':'#'}},'required':['a'],'type':'object'} | #: the schema admits no value at all
          """)
  void aRefusalNamesTheKeyword(String schema, String message) {
    assertThatThrownBy(() -> schema(schema.replace("\\\\", "\\\\")))
        .isInstanceOf(ConstraintException.class)
        .hasMessage(message.replace("\\\\", "\\"));
  }

  @Test
  void hostileSchemasAreRefusedQuickly() {
    assertThatThrownBy(() -> schema("{'items':".repeat(10_000) + "{}" + "}".repeat(10_000)))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("at most 200 levels deep");
    StringBuilder wide = new StringBuilder("{'allOf':[");
    for (int i = 0; i < 20; i++) {
      wide.append("{'anyOf':[{'required':['a%d']},{'required':['b%d']}]},".formatted(i, i));
    }
    assertThatThrownBy(() -> schema(wide + "{}]}"))
        .hasMessageContaining("more than 512 alternatives; simplify it");
    assertThatThrownBy(() -> schema(chain("{'$ref':'#/$defs/s%d'}")))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("through more than 200 steps for one value");
    assertThatThrownBy(
            () -> schema(chain("{'required':['a'],'properties':{'a':{'$ref':'#/$defs/s%d'}}}")))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("values nested more than 200 levels deep");
    assertThatThrownBy(() -> schema("{'const':1e999999999}"))
        .hasMessageContaining("at most 400 digits are compared");
  }

  /** 10,000 schemas, each of which refers to the next; the last is an object. */
  private static String chain(String schema) {
    StringBuilder chain = new StringBuilder("{'$ref':'#/$defs/s0','$defs':{");
    for (int i = 0; i < 10_000; i++) {
      String step = schema.formatted(i + 1);
      chain.append("'s%d':{'type':'object',%s,".formatted(i, step.substring(1)));
    }
    return chain.append("'s10000':{'type':'object'}}}").toString();
  }

  @Test
  void aCycleThroughPropertiesIsNoCircle() {
    expect(
        schema("{'type':'object','properties':{'next':{'$ref':'#'}},'additionalProperties':false}"),
        List.of("{'next':{'next':{}}}"),
        List.of("{'next':1}"));
  }

  @Test
  void earlierDraftsKeepTheirMeaning() {
    String draft4 = "'$schema':'http://json-schema.org/draft-04/schema#'";
    expect(
        schema("{" + draft4 + ",'type':'integer','minimum':1,'exclusiveMinimum':true}"),
        List.of("2"),
        List.of("1", "2.0"));
    expect(
        schema("{" + draft4 + ",'items':[{'type':'null'}],'additionalItems':false,'type':'array'}"),
        List.of("[null]", "[]"),
        List.of("[1]", "[null,null]"));
  }

  @Test
  void stringsAreMeasuredInCharactersHoweverTheyAreSpelt() {
    expect(
        schema("{'type':'string','minLength':2,'maxLength':3}"),
        List.of("'日本'", "'\\ud83d\\ude00x'", "'a\\n\\\"'", "'😀😀😀'"),
        List.of("'a'", "'abcd'", "'\\ud83d\\ude00'", "'\\ud83dxx'", "'a\tb'"));
  }

  @Test
  void forcedBytesAreThoseWithoutChoice() {
    ConstraintState state = schema("{'const':'fixed'}").newState();
    state.accept('"');
    state.accept('f');
    state.accept('i');
    assertThat(state.forcedToken()).isEmpty();
    ConstraintState literal = schema("{'type':'null'}").newState();
    literal.accept('n');
    assertThat(literal.forcedBytes(10)).asString().isEqualTo("ull");
    assertThat(literal.fork().forcedToken()).hasValue('u');
  }

  @Test
  void aTokenThatMayNotComeIsRefused() {
    ConstraintState state = schema("{'type':'null'}").newState();
    assertThatThrownBy(() -> state.accept('x'))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("token 120 may not come here; choose one of those that mask() names");
    for (int c : new int[] {'n', 'u', 'l', 'l'}) {
      state.accept(c);
    }
    state.accept(ByteVocabulary.END);
    assertThat(state.isFinished()).isTrue();
    assertThat(state.mask()).containsOnly(0L);
  }
}
