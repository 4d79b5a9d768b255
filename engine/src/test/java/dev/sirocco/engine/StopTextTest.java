package dev.sirocco.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopTextTest {

  @Test
  void aStopStringAcrossPiecesEndsTheTextBeforeIt() {
    StopText text = new StopText(List.of("\n\nQ"));

    assertThat(text.add("A.\n")).isEqualTo("A.");
    assertThat(text.add("\n")).isEmpty();
    assertThat(text.add("Q: more")).isEmpty();
    assertThat(text.stopped()).isTrue();
    assertThat(text.add("never")).isEmpty();
    assertThat(text.finish()).isEmpty();
  }

  @Test
  void whatOnlyBeganAStopStringIsLetThroughLater() {
    StopText text = new StopText(List.of("abc"));

    assertThat(text.add("xab")).isEqualTo("x");
    assertThat(text.add("ab")).isEqualTo("ab");
    assertThat(text.add("d")).isEqualTo("abd");
    assertThat(text.stopped()).isFalse();
  }

  @Test
  void theEarliestOfSeveralStopStringsCounts() {
    StopText text = new StopText(List.of("later", "soon"));

    assertThat(text.add("now soon later")).isEqualTo("now ");
    assertThat(text.stopped()).isTrue();
  }

  @Test
  void theEndBringsWhatWasHeldBack() {
    StopText text = new StopText(List.of("</s>"));

    assertThat(text.add("a </")).isEqualTo("a ");
    assertThat(text.finish()).isEqualTo("</");
  }

  @Test
  void withoutStopStringsEverythingPassesAtOnce() {
    assertThat(new StopText(List.of()).add("anything")).isEqualTo("anything");
  }
}
