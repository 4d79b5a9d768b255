package dev.sirocco.engine.constrain.regex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.constrain.core.CharState;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

/** Patterns against the JDK's own. */
class PatternsProperties {

  @Provide
  Arbitrary<String> patterns() {
    return Arbitraries.recursive(
        () -> Arbitraries.of("a", "b", "[^a]", ".", "^", "$", "(?:)", "[ab]"),
        inner ->
            Arbitraries.oneOf(
                inner.map(p -> "(" + p + ")"),
                inner.map(p -> "(?=" + p + ")"),
                inner.map(p -> "(?!" + p + ")"),
                Combinators.combine(inner, inner).as((p, q) -> p + q),
                Combinators.combine(inner, inner).as((p, q) -> "(?:" + p + "|" + q + ")"),
                Combinators.combine(
                        Arbitraries.of("a", "[bc]", "(?:ab|c)"),
                        Arbitraries.of("*", "+", "?", "{2}", "{1,3}"))
                    .as((p, q) -> p + q)),
        0,
        4);
  }

  @Property(tries = 300)
  void aTextIsInTheLanguageIfThePatternIsFoundInIt(
      @ForAll("patterns") String pattern,
      @ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 6) String text) {
    RegexPool pool = new RegexPool();
    Dfa dfa = new Dfa(pool);
    // Without MULTILINE, the JDK's $ also matches before a final line end; there is none here.
    assertThat(accepts(dfa, Patterns.search(pool, pattern), text))
        .isEqualTo(Pattern.compile(pattern).matcher(text).find());
    assertThat(accepts(dfa, Patterns.whole(pool, pattern), text))
        .isEqualTo(Pattern.compile(pattern).matcher(text).matches());
  }

  private static boolean accepts(Dfa dfa, Regex regex, String text) {
    CharState state = dfa.start(regex);
    for (int i = 0; state != null && i < text.length(); i++) {
      state = state.next(text.charAt(i));
    }
    return state != null && state.accepting();
  }
}
