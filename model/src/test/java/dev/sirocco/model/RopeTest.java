package dev.sirocco.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.weights.RopeConfig;
import dev.sirocco.weights.RopeScaling;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class RopeTest {

  @Test
  void pairsTurnByPositionTimesAPowerOfTheta() {
    float[] row = angles(new RopeScaling.None(), 4, 3);

    // theta 10000, headDim 4: frequencies 1 and 1/100
    assertThat(row[0]).isEqualTo((float) Math.cos(3));
    assertThat(row[2]).isEqualTo((float) Math.sin(3));
    assertThat(row[1]).isCloseTo((float) Math.cos(0.03), within(1e-7f));
    assertThat(row[3]).isCloseTo((float) Math.sin(0.03), within(1e-7f));
  }

  @Test
  void farPositionsKeepDoublePrecision() {
    float[] row = angles(new RopeScaling.None(), 4, 1_000_003);

    // a float angle of 1000003/100 would be off by up to 5e-4
    assertThat(row[3]).isCloseTo((float) Math.sin(10_000.03), within(1e-7f));
  }

  @Test
  void linearScalingDividesPositions() {
    assertThat(angles(new RopeScaling.Linear(4), 4, 12))
        .containsExactly(angles(new RopeScaling.None(), 4, 3));
  }

  @Test
  void yarnKeepsFastPairsDividesSlowOnesAndSharpens() {
    // headDim 16, original context 64: 32 rotations fall on pair -1, one rotation on pair 2.02;
    // so pair 0 stays, pair 1 is blended by a third, pairs 3 and up are divided by 8
    float sharpness = 1.2079442f;
    float[] row = angles(new RopeScaling.Yarn(8, 64, 32, 1, sharpness), 16, 5);

    assertThat(row[0]).isCloseTo(sharpness * (float) Math.cos(5), within(1e-6f));
    double pair1 = Math.pow(10_000, -2.0 / 16);
    double blended = pair1 * (1 - 1 / 3.0) + pair1 / 8 / 3.0;
    assertThat(row[1]).isCloseTo(sharpness * (float) Math.cos(5 * blended), within(1e-6f));
    double pair7 = Math.pow(10_000, -14.0 / 16) / 8;
    assertThat(row[15]).isCloseTo(sharpness * (float) Math.sin(5 * pair7), within(1e-6f));
  }

  @Test
  void llama3KeepsFastPairsDividesSlowOnesAndBlendsBetween() {
    // frequencies of transformers' llama3 for theta 10000, headDim 16
    double[] expected = {1, 0.24438, 0.013042, 3.9528e-3, 1.25e-3, 3.9528e-4, 1.25e-4, 3.9528e-5};
    float[] row = angles(new RopeScaling.Llama3(8, 1, 4, 64), 16, 1);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) row[8 + i]).isCloseTo(Math.sin(expected[i]), withinPercentage(0.01));
    }
  }

  @Test
  void everyPairMayHaveADivisorOfItsOwn() {
    float[] row = angles(new RopeScaling.Divided(List.of(1.0, 4.0)), 4, 3);
    assertThat(row[2]).isEqualTo((float) Math.sin(3));
    assertThat(row[3]).isEqualTo((float) Math.sin(0.03 / 4));
    assertThatThrownBy(() -> angles(new RopeScaling.Divided(List.of(1.0)), 4, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 divisors of rotary frequencies are given for 2 pairs");
  }

  private static float[] angles(RopeScaling scaling, int headDim, int position) {
    try (Arena arena = Arena.ofConfined()) {
      FloatMatrix target = FloatMatrix.allocate(arena, 2, headDim);
      new Rope(new RopeConfig(10_000, RopeLayout.INTERLEAVED, scaling), headDim)
          .angles(position, target, 1);
      return target.row(1);
    }
  }
}
