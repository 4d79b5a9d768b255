package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against results worked out by hand. */
class ScalarKernelsTest {

  private final Arena arena = Arena.ofShared();
  private final ScalarKernels kernels = new ScalarKernels(new KernelOptions(2));

  @AfterEach
  void close() {
    kernels.close();
    arena.close();
  }

  @Test
  void linearMultipliesEachRowOfTheBatchWithEachRowOfTheWeights() {
    FloatMatrix y = FloatMatrix.allocate(arena, 2, 3);
    kernels.linear(
        weights("w", new float[][] {{1, 0}, {0, 2}, {3, -1}}),
        matrix(new float[][] {{5, 7}, {1, 1}}),
        y);
    assertThat(y.row(0)).containsExactly(5, 14, 8);
    assertThat(y.row(1)).containsExactly(1, 2, 2);
  }

  @Test
  void gatedSiluGatesTheSecondProductWithTheFirst() {
    FloatMatrix y = FloatMatrix.allocate(arena, 1, 1);
    kernels.gatedSilu(
        weights("w1", new float[][] {{2}}),
        weights("w3", new float[][] {{3}}),
        matrix(new float[][] {{1}}),
        y);
    assertThat(y.get(0, 0)).isCloseTo((float) (2 / (1 + Math.exp(-2)) * 3), within(1e-6f));
  }

  @Test
  void rmsNormDividesByTheRootOfTheMeanSquare() {
    FloatMatrix x = matrix(new float[][] {{3, 4, 0, 0}});
    Tensor weight =
        new Tensor("norm", DType.F32, List.of(4L), matrix(new float[][] {{1, 2, 1, 1}}).data());
    kernels.rmsNorm(x, weight, 0f, x);
    assertThat(x.row(0)).containsExactly(1.2f, 3.2f, 0, 0);
  }

  @Test
  void ropeTurnsPairsByAQuarter() {
    FloatMatrix cosSin = matrix(new float[][] {{0, 1, 1, 0}});
    FloatMatrix neighbours = matrix(new float[][] {{1, 2, 3, 4}});
    kernels.rope(neighbours, 4, cosSin, RopeLayout.INTERLEAVED);
    assertThat(neighbours.row(0)).containsExactly(-2, 1, 3, 4);
    FloatMatrix halves = matrix(new float[][] {{1, 2, 3, 4}});
    kernels.rope(halves, 4, cosSin, RopeLayout.HALF_SPLIT);
    assertThat(halves.row(0)).containsExactly(-3, 2, 1, 4);
  }

  /** Keys are 0, so every visible value has the same weight: means of 1 | 1, 2 | 2, 3. */
  @Test
  void attentionAveragesTheVisibleValues() {
    FloatMatrix q = matrix(new float[][] {{1}, {1}, {1}});
    FloatMatrix out = FloatMatrix.allocate(arena, 3, 1);
    KvRows keys = KvRows.allocate(arena, DType.F32, 3, 1);
    KvRows values = KvRows.allocate(arena, DType.F32, 3, 1);
    kernels.store(matrix(new float[][] {{1}, {2}, {3}}), values, 0);
    KvRows none = KvRows.allocate(arena, DType.F32, 0, 1);
    AttentionSlice slice = new AttentionSlice(0, 3, 0, none, none, new StraightLayout());
    kernels.attention(new AttentionBatch(q, keys, values, out, List.of(slice), 1, 1, 1, 2));
    assertThat(new float[] {out.get(0, 0), out.get(1, 0), out.get(2, 0)})
        .containsExactly(1, 1.5f, 2.5f);
  }

  @Test
  void rowsAreAddedToTheirTargetsInOrder() {
    FloatMatrix y = matrix(new float[][] {{1}, {10}});
    kernels.addScaledRows(
        matrix(new float[][] {{2}, {3}, {4}}), new int[] {1, 0, 1}, new float[] {1, 2, 0.5f}, y);
    assertThat(y.get(0, 0)).isEqualTo(7);
    assertThat(y.get(1, 0)).isEqualTo(14);
  }

  private FloatMatrix matrix(float[][] rows) {
    return FloatMatrix.of(arena, rows);
  }

  private Tensor weights(String name, float[][] rows) {
    MemorySegment data = arena.allocate(4L * rows.length * rows[0].length);
    for (int r = 0; r < rows.length; r++) {
      MemorySegment.copy(rows[r], 0, data, JAVA_FLOAT, 4L * r * rows[0].length, rows[0].length);
    }
    return Tensor.matrix(name, DType.F32, rows.length, rows[0].length, data);
  }

  /** Position i in slot i. */
  private record StraightLayout() implements KvLayout {
    @Override
    public int slot(int position) {
      return position;
    }

    @Override
    public int run(int position) {
      return Integer.MAX_VALUE - position;
    }
  }
}
