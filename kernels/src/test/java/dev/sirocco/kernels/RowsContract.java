package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.Dequantizer;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every implementation of {@link Kernels} must do with rows of a batch beside products and
 * attention.
 */
abstract class RowsContract extends AttentionContract {

  @ParameterizedTest
  @EnumSource(DType.class)
  void embedCopiesDecodedRows(DType type) {
    RandomData random = new RandomData(arena, 6);
    Tensor table = random.weights(type, 7, type.isQuantised() ? 2 * type.blockSize() : 77);
    int[] tokens = {6, 0, 3, 3, 1};
    FloatMatrix y = FloatMatrix.allocate(arena, tokens.length, table.columns());
    kernels.embed(table, tokens, y);
    for (int t = 0; t < tokens.length; t++) {
      float[] row = new float[table.columns()];
      long offset = tokens[t] * table.rowBytes();
      Dequantizer.dequantize(type, table.data(), offset, row, 0, row.length);
      assertThat(y.row(t)).isEqualTo(row);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16", "BF16"})
  void rmsNormEqualsTheScalarKernels(DType type) {
    for (int d : new int[] {1, 15, 16, 33, 4096}) {
      RandomData random = new RandomData(arena, d);
      Tensor matrix = random.weights(type, 1, d);
      Tensor weight = new Tensor("norm", type, List.of((long) d), matrix.data());
      FloatMatrix x = random.activations(5, d);
      FloatMatrix actual = FloatMatrix.allocate(arena, 5, d);
      FloatMatrix expected = FloatMatrix.allocate(arena, 5, d);
      kernels.rmsNorm(x, weight, 1e-5f, actual);
      scalar.rmsNorm(x, weight, 1e-5f, expected);
      assertRelative(actual, expected, (d / 8.0 + 8) * EPS);
      FloatMatrix row = FloatMatrix.of(arena, x.row(3));
      kernels.rmsNorm(row, weight, 1e-5f, row);
      assertSameBits(row, actual.rows(3, 1));
    }
  }

  @ParameterizedTest
  @EnumSource(RopeLayout.class)
  void ropeEqualsTheScalarKernels(RopeLayout layout) {
    for (int headDim : new int[] {2, 6, 64, 128}) {
      RandomData random = new RandomData(arena, headDim);
      FloatMatrix actual = random.activations(5, 3 * headDim);
      float[][] rows = new float[5][];
      for (int t = 0; t < 5; t++) {
        rows[t] = actual.row(t);
      }
      FloatMatrix expected = FloatMatrix.of(arena, rows);
      FloatMatrix cosSin = random.activations(5, headDim);
      kernels.rope(actual, headDim, cosSin, layout);
      scalar.rope(expected, headDim, cosSin, layout);
      for (int t = 0; t < 5; t++) {
        for (int i = 0; i < 3 * headDim; i++) {
          assertClose(actual.get(t, i), expected.get(t, i), 40 * EPS, layout + " " + headDim);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "F16"})
  void storeRoundsToTheRowsType(DType type) {
    FloatMatrix x = new RandomData(arena, 8).activations(3, 37);
    x.set(0, 0, 65504f);
    x.set(0, 1, 1e-7f);
    x.set(0, 2, 0x1.002p0f);
    x.set(0, 3, -0f);
    KvRows actual = KvRows.allocate(arena, type, 6, 37);
    KvRows expected = KvRows.allocate(arena, type, 6, 37);
    kernels.store(x, actual, 2);
    scalar.store(x, expected, 2);
    assertThat(actual.data().mismatch(expected.data())).isEqualTo(-1);
  }

  @Test
  void addingEqualsTheScalarKernels() {
    RandomData random = new RandomData(arena, 9);
    FloatMatrix x = random.activations(5, 1031);
    FloatMatrix actual = FloatMatrix.allocate(arena, 5, 1031);
    FloatMatrix expected = FloatMatrix.allocate(arena, 5, 1031);
    kernels.add(x, actual);
    kernels.add(x, actual);
    scalar.add(x, expected);
    scalar.add(x, expected);
    assertSameBits(actual, expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 90})
  void scaledRowsAreAddedInAscendingOrderThoughTargetsRepeat(int n) {
    FloatMatrix x = new RandomData(arena, 10).activations(n, 1031);
    int[] targets = IntStream.range(0, n).map(i -> i * 7 / 3 % 3).toArray();
    float[] scales = new float[n];
    for (int i = 0; i < n; i++) {
      scales[i] = (i % 5 - 2) * 0.3f;
    }
    FloatMatrix actual = FloatMatrix.allocate(arena, 3, 1031);
    FloatMatrix expected = FloatMatrix.allocate(arena, 3, 1031);
    kernels.addScaledRows(x, targets, scales, actual);
    scalar.addScaledRows(x, targets, scales, expected);
    assertRelative(actual, expected, 2 * n * EPS);
    for (Kernels other : instances) {
      FloatMatrix again = FloatMatrix.allocate(arena, 3, 1031);
      other.addScaledRows(x, targets, scales, again);
      assertSameBits(again, actual);
    }
  }

  @Test
  void gatheredRowsAreThoseOfTheirPlaces() {
    FloatMatrix x = new RandomData(arena, 11).activations(50, 1031);
    int[] rows = IntStream.range(0, 97).map(i -> i * 31 % 50).toArray();
    FloatMatrix actual = FloatMatrix.allocate(arena, 97, 1031);
    kernels.gather(x, rows, actual);
    for (int i = 0; i < rows.length; i++) {
      assertSameBits(actual.rows(i, 1), x.rows(rows[i], 1));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void anyElementThatIsNotFiniteIsNoticed(float value) {
    FloatMatrix x = new RandomData(arena, 12).activations(97, 1031);
    x.set(40, 7, Float.MAX_VALUE);
    assertThat(kernels.isFinite(x)).isTrue();
    for (int row : new int[] {0, 30, 31, 48, 96}) {
      for (int column : new int[] {0, 515, 1030}) {
        float before = x.get(row, column);
        x.set(row, column, value);
        assertThat(kernels.isFinite(x)).as("row %d, column %d", row, column).isFalse();
        x.set(row, column, before);
      }
    }
    assertThat(kernels.isFinite(x)).isTrue();
  }
}
