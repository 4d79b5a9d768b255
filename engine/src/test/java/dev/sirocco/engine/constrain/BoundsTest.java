package dev.sirocco.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.Work;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundsTest {

  private static final String ENTANGLED =
      IntStream.range(0, 16)
          .mapToObj(i -> "(?=.*%c.{%d})".formatted('a' + i, i + 1))
          .collect(Collectors.joining("", "^", "[a-z]*$"));

  private static void write(Constraint constraint, char c, int count) {
    ConstraintState state = constraint.newState();
    for (int i = 0; i < count; i++) {
      assertThat(ByteVocabulary.maskIsExact(state)).isTrue();
      state.accept(c);
    }
  }

  @Test
  void workBeyondTheBoundEndsWithAReason() {
    Work work = new Work();
    work.begin();
    work.spend(Work.FOR_ONE_TOKEN);
    assertThatThrownBy(() -> work.spend(1))
        .isInstanceOf(ConstraintException.class)
        .hasMessage(
            "the patterns or rules are too entangled: following them takes more than 1,000,000 steps"
                + " for one token; use smaller repetitions, fewer look-aheads or fewer alternatives");
    work.begin();
    work.spend(1);
    Work named = new Work("pattern 'a+'");
    assertThatThrownBy(() -> named.spend(Work.WHILE_COMPILING + 1))
        .hasMessageStartingWith(
            "pattern 'a+': the patterns or rules are too entangled: following them takes more than"
                + " 4,000,000 steps for one constraint; ");
  }

  /** Writes {@code start}, and on until the work for one token ends it with {@code message}. */
  private static void assertEnds(Constraint constraint, String start, String message) {
    ConstraintState state = constraint.newState();
    start.chars().forEach(state::accept);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 30; i++) {
                state.mask();
                state.accept('a');
              }
            })
        .isInstanceOf(ConstraintException.class)
        .hasMessage(
            message
                + ": the patterns or rules are too entangled: following them takes more than"
                + " 1,000,000 steps for one token; use smaller repetitions, fewer look-aheads or"
                + " fewer alternatives");
  }

  private static void assertSchemaEnds(String schema, String pattern, String start, String place) {
    assertEnds(
        Constraint.jsonSchema(
            schema.formatted("\"pattern\":\"%s\"".formatted(pattern)), ByteVocabulary.VOCABULARY),
        start,
        place);
  }

  @Test
  void entangledLookAheadsAreEnforcedOrEndNamingThePattern() {
    assertEnds(
        Constraint.regex(ENTANGLED, ByteVocabulary.VOCABULARY),
        "",
        "pattern '%s…'".formatted(ENTANGLED.substring(0, 80)));
  }

  @Test
  void entangledPatternsOfASchemaEndNamingThePlace() {
    assertSchemaEnds(
        "{\"properties\":{\"n\":{\"type\":\"integer\"},\"p\":{\"type\":\"string\",%s}}}",
        ENTANGLED, "{\"n\":1,\"p\":\"", "#/properties/p");
    assertSchemaEnds(
        "{\"type\":\"array\",\"items\":{\"type\":\"string\",%s}}", ENTANGLED, "[\"", "#/items");
    // So long a beginning that compiling does not come to the look-aheads.
    assertSchemaEnds(
        "{\"properties\":{\"o\":{\"type\":\"object\",\"propertyNames\":{%s}}}}",
        "^b{310}" + ENTANGLED.substring(1), "{\"o\":{\"" + "b".repeat(310), "#/properties/o");
  }

  @Test
  void aRuleWithManyAlternativesBehindEveryCharacterEndsNamingTheRule() {
    String same = repeated(8_000, i -> "\"b\"").replace(",", "|");
    assertEnds(
        Constraint.grammar(
            "root ::= \"aa\" ([^b] many)*\nmany ::= " + same, ByteVocabulary.VOCABULARY),
        "",
        "rule 'many'");
  }

  @Test
  void aLongTextUnderAnEntangledGrammarEndsBeforeMemoryDoes() {
    String many = repeated(14_000, i -> "\"b\"").replace(",", "|");
    Constraint constraint =
        Constraint.grammar(
            "root ::= s\ns ::= [a] s \"c\" | [a] many \"c\"\nmany ::= " + many,
            ByteVocabulary.VOCABULARY);
    ConstraintState state = constraint.newState();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                state.accept('a');
              }
            })
        .isInstanceOf(ConstraintException.class)
        .hasMessage(
            "the grammar can be read in too many ways: following the text keeps more than 2,000,000"
                + " of them; use fewer alternatives that begin alike");
    ConstraintState again = constraint.newState();
    again.accept('a');
    assertThat(again.admits('b')).isTrue();
  }

  @Test
  void anAmbiguousGrammarIsFollowedWithinTheBound() {
    write(
        Constraint.grammar("root ::= x \"b\"\nx ::= (\"a\" | \"aa\")*", ByteVocabulary.VOCABULARY),
        'a',
        200);
  }

  private static void assertRefused(Runnable compiling, String... messageParts) {
    assertThatThrownBy(compiling::run)
        .isInstanceOf(ConstraintException.class)
        .hasMessageContainingAll(messageParts);
  }

  private static void assertRegexRefused(String pattern, String... messageParts) {
    assertRefused(() -> Constraint.regex(pattern, ByteVocabulary.VOCABULARY), messageParts);
  }

  private static void assertSchemaRefused(String schema, String... messageParts) {
    assertRefused(() -> Constraint.jsonSchema(schema, ByteVocabulary.VOCABULARY), messageParts);
  }

  private static void assertGrammarRefused(String grammar, String... messageParts) {
    assertRefused(() -> Constraint.grammar(grammar, ByteVocabulary.VOCABULARY), messageParts);
  }

  private static String repeated(int count, IntFunction<String> part) {
    return IntStream.range(0, count).mapToObj(part).collect(Collectors.joining(","));
  }

  @Test
  void nestedRepetitionsAreEnforcedOrNamed() {
    assertThat(admits("(a{1,300}){1,300}b", "a".repeat(40) + "b")).isTrue();
    assertThat(admits("(a{1,300}){1,300}b", "a".repeat(40))).isFalse();
    assertThat(admits("(a+)+b", "a".repeat(40) + "b")).isTrue();
    assertRegexRefused(
        "xa{1,1000000000}", "pattern 'xa{1,1000000000}', character 17", "1000000000 times");
    assertRegexRefused("((a{1,100}){1,100}){1,100}", "character 27", "1,000,000 times");
    assertSchemaRefused(
        "{\"properties\":{\"p\":{\"pattern\":\"a{1,1000000000}\"}}}",
        "#/properties/p: \"pattern\"",
        "1000000000 times");
  }

  private static boolean admits(String pattern, String text) {
    return ByteVocabulary.admits(Constraint.regex(pattern, ByteVocabulary.VOCABULARY), text);
  }

  @Test
  void groupsNestedTooDeepAreNamed() {
    assertRegexRefused("(".repeat(60_000) + ")".repeat(60_000), "120,000 characters");
    assertRegexRefused("(".repeat(5_000) + ")".repeat(5_000), "pattern '(((", "nested deeper");
    assertGrammarRefused(
        "root ::= " + "(".repeat(60_000) + "\"a\"" + ")".repeat(60_000),
        "line 1, column 210",
        "nested deeper");
  }

  @Test
  void manyLookAheadsNameThePatternOrTheProperty() {
    String pattern =
        IntStream.range(0, 104)
            .mapToObj(i -> "(?=.*%c%d.*x{3,9})".formatted('a' + i % 26, i / 26))
            .collect(Collectors.joining("", "", ".*"));
    assertRegexRefused(pattern, "pattern '(?=.*a0", "more than 4,000,000 steps");
    assertSchemaRefused(
        "{\"properties\":{\"p\":{\"type\":\"string\",\"pattern\":\"%s\"}}}".formatted(pattern),
        "#/properties/p",
        "more than 4,000,000 steps");
  }

  @Test
  void manyPatternsOfNamesAreRefusedByKeyword() {
    assertSchemaRefused(
        "{\"patternProperties\":{%s}}"
            .formatted(repeated(26, i -> "\"%c\":{\"minimum\":%d}".formatted('a' + i, i))),
        "#: \"patternProperties\"",
        "more than 64 ways");
  }

  @Test
  void longListsOfValuesWorkOrAreRefused() {
    Constraint texts =
        Constraint.jsonSchema(
            "{\"enum\":[%s]}".formatted(repeated(100_000, i -> "\"value %d\"".formatted(i))),
            ByteVocabulary.VOCABULARY);
    assertThat(ByteVocabulary.admits(texts, "\"value 99999\"")).isTrue();
    assertThat(ByteVocabulary.admits(texts, "\"value 100000\"")).isFalse();
    assertSchemaRefused(
        "{\"enum\":[%s]}".formatted(repeated(1_000, "{\"a\":%d}"::formatted)),
        "#: \"enum\"",
        "more than 512 alternatives");
    assertSchemaRefused(
        "{\"enum\":[%s]}".formatted(repeated(100_000, Integer::toString)),
        "#: \"enum\"",
        "more than 4,000,000 steps");
  }

  @Test
  void schemasThatGrowWhenMultipliedOutAreRefusedByKeyword() {
    String choices =
        repeated(
            20,
            i ->
                "{\"anyOf\":[%s]}"
                    .formatted(
                        repeated(
                            8,
                            k ->
                                "{\"properties\":{\"p%d\":{\"const\":%d}},\"required\":[\"p%d\"]}"
                                    .formatted(i, k, i))));
    assertSchemaRefused(
        "{\"allOf\":[%s]}".formatted(choices), "#: \"allOf\"", "more than 512 alternatives");
  }

  @Test
  void deepAndCyclicSchemasAreRefused() {
    assertSchemaRefused(
        "{\"items\":".repeat(10_000) + "{}" + "}".repeat(10_000), "at most 200 levels deep");
    assertSchemaRefused(
        "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"allOf\":[{\"$ref\":\"#/$defs/a\"}]}}}",
        "\"$ref\" leads in a circle");
    assertSchemaRefused(
        "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
        "#: the schema admits no value at all");
  }

  @Test
  void chainsOfDependentNamesAreFollowedOrRefused() {
    Constraint chain = Constraint.jsonSchema(chain(50), ByteVocabulary.VOCABULARY);
    assertThat(ByteVocabulary.admits(chain, "{\"d49\":1,\"d50\":1}")).isTrue();
    assertThat(ByteVocabulary.admits(chain, "{\"d49\":1}")).isFalse();
    assertSchemaRefused(chain(5_000), "#: ", "more than 4,000,000 steps");
  }

  private static String chain(int length) {
    return "{\"type\":\"object\",\"dependentRequired\":{%s}}"
        .formatted(repeated(length, i -> "\"d%d\":[\"d%d\"]".formatted(i, i + 1)));
  }

  @Test
  void grammarsThatNeverEndOrGrowAreRefused() {
    assertGrammarRefused("root ::= root \"a\" | \"b\"", "left-recursive: root → root");
    assertGrammarRefused(
        "root ::= e root \"a\" | \"b\"\ne ::= \"\" | \"x\"", "left-recursive: root → root");
    assertGrammarRefused("root ::= \"a\"{1,1000000000}", "column", "1000000000 times");
    assertGrammarRefused(
        "root ::= ((\"a\"{1,9000}){1,9000}){1,9000}", "rule 'root'", "more than 200,000 states");
  }
}
