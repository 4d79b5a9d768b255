package dev.sirocco.server.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.TokenVocabulary;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.ServerLimits;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConstraintCacheTest {

  private static final String SCHEMA = "{\"type\":\"integer\"}";

  private final ConstraintCache cache =
      new ConstraintCache(
          ServerLimits.builder().schemaLength(100).grammarLength(50).build(),
          ConstraintCacheTest::vocabulary);

  private static TokenVocabulary vocabulary() {
    List<byte[]> bytes = IntStream.range(0, 256).mapToObj(b -> new byte[] {(byte) b}).toList();
    return TokenVocabulary.of(bytes, Set.of(0));
  }

  @Test
  void keepsAConstraintWhicheverFieldItComesFrom() {
    assertThat(cache.jsonSchema("tools", SCHEMA))
        .isSameAs(cache.jsonSchema("response_format", SCHEMA));
    assertThat(cache.regex("regex", "a+")).isSameAs(cache.regex("regex", "a+"));
  }

  @Test
  void doesNotTakeAPatternForAGrammar() {
    assertThat(cache.grammar("grammar", "root ::= [a-z]"))
        .isNotSameAs(cache.regex("regex", "root ::= [a-z]"));
  }

  @Test
  void refusesWhatIsTooLong() {
    assertThatThrownBy(() -> cache.jsonSchema("tools", " ".repeat(101)))
        .isInstanceOf(ApiException.class)
        .hasMessage("tools has 101 characters, but at most 100 are taken");
    assertThatThrownBy(() -> cache.regex("regex", "a".repeat(51)))
        .isInstanceOf(ApiException.class)
        .hasMessage("regex has 51 characters, but at most 50 are taken");
  }

  @Test
  void keepsNothingThatCannotBeEnforced() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> cache.jsonSchema("tools", "{\"type\":\"number\",\"enum\":[]}"))
          .isInstanceOf(ConstraintException.class);
    }
    assertThat(cache.size()).isZero();
  }
}
