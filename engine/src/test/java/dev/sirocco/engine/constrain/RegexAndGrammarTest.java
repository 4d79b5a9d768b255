package dev.sirocco.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegexAndGrammarTest {

  private static final String ARITHMETIC =
      """
      # sums of products
      root ::= term ( ws [+-] ws term )*
      term ::= factor (ws "*" ws factor)*
      factor ::= [0-9]+ | "(" ws root ws ")"
        | name{1,2}
      name ::= [a-zé] | "\\x5A"
      ws ::= " "?
      """;

  private static Constraint regex(String pattern) {
    return Constraint.regex(pattern, ByteVocabulary.VOCABULARY);
  }

  private static Constraint grammar(String text) {
    return Constraint.grammar(text, ByteVocabulary.VOCABULARY);
  }

  private static void expect(Constraint constraint, List<String> in, List<String> out) {
    in.forEach(t -> assertThat(ByteVocabulary.admits(constraint, t)).as(t).isTrue());
    out.forEach(t -> assertThat(ByteVocabulary.admits(constraint, t)).as(t).isFalse());
  }

  @Test
  void aPatternMatchesTheWholeText() {
    expect(regex("(a|bé)+c{2,3}"), List.of("abécc", "aaccc"), List.of("acc!", "ac", "xacc"));
    expect(regex("(?=.*[0-9])[a-z0-9]{2,4}(?!)|q"), List.of("q"), List.of("a1"));
    expect(regex("(?=.*[0-9])[a-z0-9]{2,4}"), List.of("a1", "12"), List.of("ab", "1"));
  }

  @Test
  void nestedRepetitionsTakeNoMoreTimeThanOthers() {
    expect(regex("(a+)+b"), List.of("a".repeat(5_000) + "b"), List.of("a".repeat(5_000)));
  }

  @Test
  void maskNamesExactlyWhatIsAdmitted() {
    ConstraintState text = regex("[^x]{3,}abc").newState();
    ConstraintState sum = grammar(ARITHMETIC).newState();
    for (int c : "(a".getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      assertThat(ByteVocabulary.maskIsExact(text)).isTrue();
      assertThat(ByteVocabulary.maskIsExact(sum)).isTrue();
      text.accept(c);
      sum.accept(c);
    }
  }

  @Test
  void aGrammarNestsAsDeepAsTheText() {
    expect(
        grammar(ARITHMETIC),
        List.of("1+2 * (3-a)", "éZ", "(".repeat(2_000) + "1" + ")".repeat(2_000)),
        List.of("1+", "(1", "abc", "1+2)", ""));
  }

  @Test
  void waysThatShareABeginningAreFollowedTogether() {
    Constraint grammar = grammar("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"a\"");
    expect(
        grammar,
        List.of("a".repeat(200) + "bc".repeat(99) + "b"),
        List.of("a".repeat(200) + "bc".repeat(100)));
  }

  @Test
  void rulesThatMayBeEmptyMayFollowEachOther() {
    expect(
        grammar("root ::= e e x | x root \"!\"\nx ::= \"x\" e\ne ::= \"\" | \"(\" e \")\""),
        List.of("x", "()x", "(())()x(())", "xx!", "x()()x!!".substring(0, 6) + "!"),
        List.of("()", "x!", ")x"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          (a                | pattern '(a', character 3: a group is not closed; add ')'
          a)                | pattern 'a)', character 2: a ')' closes no group; write '\\)' for the character
          *a                | pattern '*a', character 1: '*' repeats nothing; escape it with '\\'
          (a)\\1            | pattern '(a)\\1', character 6: the back-reference \\1 is not enforced, as it describes no regular language
          (?<=a)b           | pattern '(?<=a)b', character 4: this kind of group is not enforced; use (…), (?:…), (?=…) or (?!…)
          a{1,1000000000}   | pattern 'a{1,1000000000}', character 16: something is repeated 1000000000 times, but at most 100,000 are followed; use a smaller bound or none
          [a                | pattern '[a', character 3: a character class is not closed; add ']'
          a(?!a)(?=a)       | pattern 'a(?!a)(?=a)' matches no text
          """)
  void aPatternIsRefusedWithAReason(String pattern, String message) {
    assertThatThrownBy(() -> regex(pattern.replace("\\\\", "\\")))
        .isInstanceOf(ConstraintException.class)
        .hasMessage(message.replace("\\\\", "\\"));
  }

  @Test
  void hostilePatternsAndGrammarsAreRefusedQuickly() {
    String parentheses = "(".repeat(60_000) + "a" + ")".repeat(60_000);
    assertThatThrownBy(() -> regex(parentheses)).hasMessageContaining("at most 20,000 are read");
    assertThatThrownBy(() -> regex(parentheses.substring(55_000, 65_001)))
        .hasMessageContaining("groups are nested deeper than 200; flatten them");
    assertThatThrownBy(() -> grammar("root ::= " + parentheses.replace("a", "\"a\"")))
        .hasMessageContaining("line 1, column 210: groups are nested deeper than 200");
    assertThatThrownBy(() -> grammar("root ::= \"a\"{1,1000000000}"))
        .hasMessageContaining("repeated 1000000000 times, but at most 10,000 are followed");
    assertThatThrownBy(() -> grammar("root ::= ((\"a\"{9999}){9999}){9999}"))
        .hasMessageContaining("the grammar needs more than 200,000 states");
    assertThatThrownBy(() -> regex("((a{1,1000}){1,1000}){1,1000}"))
        .hasMessageContaining("at most 100,000 are followed");
  }

  @Test
  void aGrammarIsRefusedWithAReason() {
    assertThatThrownBy(() -> grammar("root ::= e\ne ::= t | e \"+\" t\nt ::= \"1\""))
        .hasMessage("the grammar is left-recursive: e → e; write it as a repetition");
    assertThatThrownBy(() -> grammar("root ::= a\na ::= \" \"? b\nb ::= a \"x\" | \"y\""))
        .hasMessageContaining("the grammar is left-recursive: ");
    assertThatThrownBy(() -> grammar("root ::= \"a\" root"))
        .hasMessage("rule 'root' matches no finite text; give it an alternative without recursion");
    assertThatThrownBy(() -> grammar("root ::= other"))
        .hasMessage("rule 'root' refers to 'other', which is not defined");
    assertThatThrownBy(() -> grammar("start ::= \"a\""))
        .hasMessage("the grammar has no rule 'root'; name the first rule so");
    assertThatThrownBy(() -> grammar("root ::= \"a\nb"))
        .hasMessage("grammar, line 2, column 2: a literal is not closed; add '\"'");
  }
}
