package dev.sirocco.kernels;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.RopeLayout;
import dev.sirocco.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Arguments that do not fit are refused before anything is computed. */
class KernelArgumentsTest {

  private final Arena arena = Arena.ofShared();
  private final Kernels kernels = new ScalarKernels(new KernelOptions(1));

  @AfterEach
  void close() {
    kernels.close();
    arena.close();
  }

  @Test
  void aProductTakesRowsAsLongAsTheWeights() {
    refused(
        () -> kernels.linear(weights(3, 4), matrix(2, 5), matrix(2, 3)),
        "w F32 [3, 4] takes rows of 4 elements, but the input is [2, 5]");
  }

  @Test
  void aProductHasAColumnForEachRowOfTheWeights() {
    refused(
        () -> kernels.linear(weights(3, 4), matrix(2, 4), matrix(2, 4)),
        "w F32 [3, 4] times 2 rows gives [2, 3], but the output is [2, 4]");
    refused(
        () -> kernels.gatedSilu(weights(3, 4), weights(2, 4), matrix(2, 4), matrix(2, 3)),
        "w F32 [2, 4] times 2 rows gives [2, 2], but the output is [2, 3]");
  }

  @Test
  void severalProductsTakeAsManyOutputs() {
    refused(
        () -> kernels.linear(List.of(weights(3, 4)), matrix(2, 4), List.of()),
        "1 weights but 0 outputs");
  }

  @Test
  void tokensLieInTheTable() {
    refused(
        () -> kernels.embed(weights(3, 4), new int[] {0, 3}, matrix(2, 4)),
        "token 3 is outside of table w F32 [3, 4]; tokens are 0 to 2");
    refused(
        () -> kernels.embed(weights(3, 4), new int[] {-1}, matrix(1, 4)),
        "token -1 is outside of table w F32 [3, 4]; tokens are 0 to 2");
    refused(
        () -> kernels.embed(weights(3, 4), new int[] {0}, matrix(2, 4)),
        "embedding 1 tokens of table w F32 [3, 4] gives [1, 4], but the output is [2, 4]");
  }

  @Test
  void aNormHasAWeightForEachElement() {
    refused(
        () -> kernels.rmsNorm(matrix(1, 4), weights(1, 5), 1e-5f, matrix(1, 4)),
        "rmsNorm of rows of 4 elements takes as many weights, but w F32 [1, 5] is given");
    refused(
        () -> kernels.rmsNorm(matrix(1, 4), weights(1, 4), 1e-5f, matrix(2, 4)),
        "rmsNorm takes two matrices of one shape, but [1, 4] and [2, 4] are given");
    Tensor quantised = new RandomData(arena, 1).weights(DType.Q4_0, 1, 32);
    refused(
        () -> kernels.rmsNorm(matrix(1, 32), quantised, 1e-5f, matrix(1, 32)),
        "norm weights are F32, F16 or BF16, but Q4_0 weights Q4_0 [1, 32] is given");
  }

  @Test
  void rotatedRowsAreWholeHeads() {
    refused(
        () -> kernels.rope(matrix(1, 6), 4, matrix(1, 4), RopeLayout.INTERLEAVED),
        "rows of 6 elements are not heads of 4, an even number");
    refused(
        () -> kernels.rope(matrix(2, 8), 4, matrix(1, 4), RopeLayout.INTERLEAVED),
        "rotating [2, 8] by heads of 4 takes cosines and sines [2, 4], but [1, 4] is given");
  }

  @Test
  void storedRowsFit() {
    KvRows rows = KvRows.allocate(arena, DType.F16, 3, 4);
    refused(
        () -> kernels.store(matrix(2, 4), rows, 2),
        "rows [2, 4] do not fit from row 2 on into 3 rows of 4");
    refused(
        () -> kernels.store(matrix(2, 5), rows, 0),
        "rows [2, 5] do not fit from row 0 on into 3 rows of 4");
  }

  @Test
  void addedRowsHaveTargets() {
    refused(
        () -> kernels.addScaledRows(matrix(1, 4), new int[] {2}, new float[] {1}, matrix(2, 4)),
        "target row 2 is outside of [2, 4]");
    refused(
        () -> kernels.addScaledRows(matrix(2, 4), new int[] {0}, new float[] {1}, matrix(2, 4)),
        "2 rows take as many targets and scales, but 1 and 1 are given");
    refused(
        () -> kernels.addScaledRows(matrix(1, 3), new int[] {0}, new float[] {1}, matrix(2, 4)),
        "rows of 3 elements cannot be added to rows of 4");
    refused(
        () -> kernels.add(matrix(1, 3), matrix(1, 4)),
        "add takes two matrices of one shape, but [1, 3] and [1, 4] are given");
  }

  @Test
  void gatheredRowsAreThere() {
    refused(
        () -> kernels.gather(matrix(2, 4), new int[] {0, 2}, matrix(2, 4)),
        "source row 2 is outside of [2, 4]");
    refused(
        () -> kernels.gather(matrix(2, 4), new int[] {-1}, matrix(1, 4)),
        "source row -1 is outside of [2, 4]");
    refused(
        () -> kernels.gather(matrix(2, 4), new int[] {0}, matrix(2, 4)),
        "1 rows of [2, 4] cannot be gathered in [2, 4]");
    refused(
        () -> kernels.gather(matrix(2, 4), new int[] {0}, matrix(1, 5)),
        "1 rows of [2, 4] cannot be gathered in [1, 5]");
  }

  @Test
  void headsDivide() {
    refused(
        () -> attention(3, 2, 2, 5, 1), "3 query heads are not a multiple of 2 key/value heads");
    refused(() -> attention(4, 2, 3, 5, 1), "queries [2, 8] are not 4 heads of 3");
    refused(() -> attention(4, 2, 2, 0, 1), "the window must be at least 1, but is 0");
  }

  @Test
  void slicesCoverTheBatch() {
    refused(() -> attention(4, 2, 2, 5, 1), "slices cover 1 of the batch's 2 queries");
    refused(
        () -> attention(4, 2, 2, 5, 3),
        "the batch has 3 new tokens with keys of 4 elements, but 2 rows of 4 are given");
    refused(
        () -> attention(1, 2, 0, 2),
        "a slice of 2 tokens from row 1 on is outside of the batch's 2 new rows");
  }

  @Test
  void aSliceHasAQueryForEachTokenAtMost() {
    refused(
        () -> attention(0, 1, 0, 2),
        "a slice of 1 tokens cannot have 2 queries; wanted 1 to as many as tokens");
    refused(
        () -> attention(0, 2, 0, 0),
        "a slice of 2 tokens cannot have 0 queries; wanted 1 to as many as tokens");
    refused(
        () -> attention(0, 2, 1, 2),
        "a slice of 2 queries from row 1 on is outside of the batch's 2 queries");
  }

  private void attention(int nHeads, int nKvHeads, int headDim, int window, int count) {
    attention(nHeads, nKvHeads, headDim, window, 0, count, 0, count);
  }

  private void attention(int firstRow, int count, int firstQuery, int queries) {
    attention(4, 2, 2, 5, firstRow, count, firstQuery, queries);
  }

  private void attention(
      int nHeads,
      int nKvHeads,
      int headDim,
      int window,
      int firstRow,
      int count,
      int firstQuery,
      int queries) {
    KvRows rows = KvRows.allocate(arena, DType.F32, 2, nKvHeads * headDim);
    KvLayout layout = new AttentionCase.Ring(2);
    kernels.attention(
        new AttentionBatch(
            matrix(2, 8),
            rows,
            rows,
            matrix(2, 8),
            List.of(
                new AttentionSlice(firstRow, count, 0, rows, rows, layout, firstQuery, queries)),
            nHeads,
            nKvHeads,
            headDim,
            window));
  }

  private FloatMatrix matrix(int rows, int columns) {
    return FloatMatrix.allocate(arena, rows, columns);
  }

  private Tensor weights(int rows, int columns) {
    return Tensor.matrix("w", DType.F32, rows, columns, arena.allocate(4L * rows * columns));
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
