package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the attention of every implementation of {@link Kernels} must do. */
abstract class AttentionContract extends KernelsFixture {

  /** Query heads, key/value heads, elements of a head. */
  private static final int[][] HEADS = {
    {1, 1, 1}, {4, 4, 8}, {4, 1, 20}, {6, 2, 64}, {9, 3, 33}, {8, 2, 128}
  };

  private static final int[] WINDOWS = {AttentionBatch.NO_WINDOW, 1, 5, 64, 100};

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16"})
  void attentionEqualsTheScalarKernels(DType type) {
    for (int[] heads : HEADS) {
      for (int window : WINDOWS) {
        AttentionCase c = AttentionCase.random(arena, scalar, type, 150, heads, window);
        FloatMatrix actual = c.run(kernels, 150, 150);
        FloatMatrix expected = c.run(scalar, 150, 150);
        for (int t = 0; t < 150; t++) {
          for (int i = 0; i < actual.columns(); i++) {
            assertClose(
                actual.get(t, i),
                expected.get(t, i),
                attentionTolerance(heads[2]),
                "heads %d, window %d, row %d".formatted(heads[0], window, t));
          }
        }
      }
    }
  }

  /** The largest error of a weighted mean of values from a standard normal distribution. */
  double attentionTolerance(int headDim) {
    return (headDim + 64) * 4 * EPS;
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16"})
  void attentionIsTheSameBitForBitForEveryChunkSizeAndNumberOfThreads(DType type) {
    int[] heads = {4, 2, 20};
    for (int window : WINDOWS) {
      AttentionCase c = AttentionCase.random(arena, scalar, type, 150, heads, window);
      FloatMatrix whole = c.run(kernels, 150, 150);
      for (int chunk : new int[] {1, 7, 16, 17, 149}) {
        assertSameBits(c.run(kernels, chunk, 150), whole);
      }
      for (Kernels other : instances) {
        assertSameBits(c.run(other, 64, 150), whole);
      }
    }
  }

  @Test
  void attentionOverARollingBufferOfTheWindowEqualsThatOverAFullCache() {
    int[] heads = {4, 2, 20};
    for (int window : new int[] {1, 5, 64, 100}) {
      AttentionCase c = AttentionCase.random(arena, scalar, DType.F16, 150, heads, window);
      FloatMatrix whole = c.run(kernels, 150, 150);
      for (int chunk : new int[] {1, 7, 64, 130}) {
        assertSameBits(c.run(kernels, chunk, window), whole);
      }
    }
  }

  @Test
  void attentionOfTheLastTokensAloneEqualsThatOfAll() {
    int[] heads = {4, 2, 20};
    for (int window : WINDOWS) {
      AttentionCase c = AttentionCase.random(arena, scalar, DType.F16, 150, heads, window);
      FloatMatrix whole = c.run(kernels, 150, 150);
      for (int queries : new int[] {1, 20, 70}) {
        assertSameBits(c.runLast(kernels, 70, queries), whole.rows(150 - queries, queries));
      }
    }
  }

  @Test
  void sequencesInOneBatchDoNotDisturbEachOther() {
    List<AttentionCase> cases = new ArrayList<>();
    int[] counts = {1, 33, 2, 7};
    int[] lengths = {90, 33, 65, 200};
    for (int length : lengths) {
      int[] heads = {4, 2, 20};
      cases.add(AttentionCase.random(arena, scalar, DType.F16, length, heads, 80));
    }
    List<FloatMatrix> results = AttentionCase.together(kernels, cases, counts);
    for (int i = 0; i < counts.length; i++) {
      FloatMatrix alone = cases.get(i).run(kernels, lengths[i], lengths[i]);
      assertSameBits(results.get(i), alone.rows(lengths[i] - counts[i], counts[i]));
    }
  }

  @Test
  void anInfiniteOrNaNKeyEndsAndSpoilsOnlyWhatSeesIt() {
    int[] heads = {2, 1, 8};
    AttentionCase c = AttentionCase.random(arena, scalar, DType.F32, 40, heads, 10);
    FloatMatrix clean = c.run(kernels, 40, 40);
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      c.values().data().set(JAVA_FLOAT_UNALIGNED, 20 * c.values().rowBytes(), bad);
      c.keys().data().set(JAVA_FLOAT_UNALIGNED, 20 * c.keys().rowBytes(), bad);
      FloatMatrix dirty = c.run(kernels, 40, 40);
      assertSameBits(dirty.rows(0, 20), clean.rows(0, 20));
      assertSameBits(dirty.rows(30, 10), clean.rows(30, 10));
      assertThat(Float.isFinite(dirty.get(20, 0))).isFalse();
    }
  }

  @Test
  void hugeScoresDoNotOverflowTheSoftmax() {
    int[] heads = {1, 1, 16};
    AttentionCase c = AttentionCase.random(arena, scalar, DType.F32, 70, heads, 70);
    for (int i = 0; i < 70 * 16; i++) {
      c.q().data().set(JAVA_FLOAT_UNALIGNED, 4L * i, c.q().get(i / 16, i % 16) * 1e4f);
    }
    FloatMatrix actual = c.run(kernels, 70, 70);
    FloatMatrix expected = c.run(scalar, 70, 70);
    for (int t = 0; t < 70; t++) {
      for (int i = 0; i < 16; i++) {
        assertClose(actual.get(t, i), expected.get(t, i), 0.1, "row " + t);
      }
    }
  }
}
