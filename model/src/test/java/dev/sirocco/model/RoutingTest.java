package dev.sirocco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoutingTest {

  @Test
  void tiesGoToTheLowerIndex() {
    Routing routing = choose(2, new float[] {1, 3, 3, 3});

    assertThat(routing.expert(0, 0)).isEqualTo(1);
    assertThat(routing.expert(0, 1)).isEqualTo(2);
    assertThat(routing.weight(0, 0)).isEqualTo(0.5f);
    assertThat(routing.weight(0, 1)).isEqualTo(0.5f);
  }

  @Test
  void weightsAreASoftmaxOverTheChosenAlone() {
    Routing routing = choose(2, new float[] {9, 0, 10, 9.5f});

    assertThat(routing.expert(0, 0)).isEqualTo(2);
    assertThat(routing.expert(0, 1)).isEqualTo(3);
    assertThat(routing.weight(0, 0)).isCloseTo((float) (1 / (1 + Math.exp(-0.5))), within(1e-7f));
    assertThat(routing.weight(0, 1)).isCloseTo((float) (1 / (1 + Math.exp(0.5))), within(1e-7f));
  }

  @Test
  void hugeLogitsDoNotOverflow() {
    Routing routing = choose(2, new float[] {3e38f, -3e38f, 1});

    assertThat(routing.weight(0, 0)).isEqualTo(1);
    assertThat(routing.weight(0, 1)).isEqualTo(0);
  }

  @Test
  void tokensAreGroupedByExpertInAscendingOrder() {
    Routing routing =
        choose(2, new float[] {0, 2, 0, 3}, new float[] {0, 3, 2, 0}, new float[] {0, 2, 0, 3});

    List<ExpertGroup> groups = ExpertGroup.of(routing, 4);

    assertThat(groups.stream().map(ExpertGroup::expert)).containsExactly(1, 2, 3);
    assertThat(groups.get(0).rows()).containsExactly(0, 1, 2);
    assertThat(groups.get(1).rows()).containsExactly(1);
    assertThat(groups.get(2).rows()).containsExactly(0, 2);
    assertThat(groups.get(2).weights()[1]).isEqualTo(routing.weight(2, 0));
  }

  private static Routing choose(int topK, float[]... logits) {
    return Routing.choose(FloatMatrix.of(Arena.ofAuto(), logits), topK);
  }
}
