package dev.sirocco.engine.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.core.Work;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundsTest {

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
  }

  @Test
  void entangledLookAheadsAreEnforcedOrEnd() {
    String pattern =
        IntStream.range(0, 16)
            .mapToObj(i -> "(?=.*%c.{%d})".formatted('a' + i, i + 1))
            .collect(Collectors.joining("", "", "[a-z]*"));
    assertThatThrownBy(() -> write(Constraint.regex(pattern, ByteVocabulary.VOCABULARY), 'a', 30))
        .isInstanceOf(ConstraintException.class)
        .hasMessageContaining("are too entangled");
  }

  @Test
  void anAmbiguousGrammarIsFollowedWithinTheBound() {
    write(
        Constraint.grammar("root ::= x \"b\"\nx ::= (\"a\" | \"aa\")*", ByteVocabulary.VOCABULARY),
        'a',
        200);
  }
}
