package dev.sirocco.kernels;

import dev.sirocco.tensor.FloatMatrix;
import dev.sirocco.tensor.Tensor;
import java.util.function.Supplier;

/** Checks that the shapes of an operation's arguments fit together. */
final class Shapes {

  private Shapes() {}

  /** w: [O, D], x: [T, D], y: [T, O]. */
  static void product(Tensor w, FloatMatrix x, FloatMatrix y) {
    require(
        w.columns() == x.columns(),
        () -> "%s takes rows of %d elements, but the input is %s".formatted(w, w.columns(), of(x)));
    require(
        y.rows() == x.rows() && y.columns() == w.rows(),
        () ->
            "%s times %d rows gives [%d, %d], but the output is %s"
                .formatted(w, x.rows(), x.rows(), w.rows(), of(y)));
  }

  static void same(String operation, FloatMatrix x, FloatMatrix y) {
    require(
        x.rows() == y.rows() && x.columns() == y.columns(),
        () ->
            "%s takes two matrices of one shape, but %s and %s are given"
                .formatted(operation, of(x), of(y)));
  }

  /** Each of {@code rows}, which are called {@code what}, is a row of {@code x}. */
  static void rowsOf(String what, int[] rows, FloatMatrix x) {
    for (int row : rows) {
      require(
          row >= 0 && row < x.rows(),
          () -> "%s row %d is outside of %s".formatted(what, row, of(x)));
    }
  }

  static void attention(AttentionBatch b) {
    require(
        b.nKvHeads() > 0 && b.nHeads() > 0 && b.nHeads() % b.nKvHeads() == 0,
        () ->
            "%d query heads are not a multiple of %d key/value heads"
                .formatted(b.nHeads(), b.nKvHeads()));
    require(
        b.headDim() > 0 && b.q().columns() == b.nHeads() * b.headDim(),
        () -> "queries %s are not %d heads of %d".formatted(of(b.q()), b.nHeads(), b.headDim()));
    same("attention", b.q(), b.out());
    require(b.window() > 0, () -> "the window must be at least 1, but is %d".formatted(b.window()));
    int rowLength = b.nKvHeads() * b.headDim();
    long tokens = b.slices().stream().mapToLong(AttentionSlice::count).sum();
    newRows("keys", tokens, b.newKeys(), rowLength);
    newRows("values", tokens, b.newValues(), rowLength);
    for (AttentionSlice slice : b.slices()) {
      rows(b, slice);
      cache(b, slice, rowLength);
    }
    long covered = b.slices().stream().mapToLong(AttentionSlice::queries).sum();
    require(
        covered == b.q().rows(),
        () -> "slices cover %d of the batch's %d queries".formatted(covered, b.q().rows()));
  }

  private static void newRows(String what, long tokens, KvRows rows, int rowLength) {
    require(
        rows.rows() >= tokens && rows.rowLength() == rowLength,
        () ->
            "the batch has %d new tokens with %s of %d elements, but %d rows of %d are given"
                .formatted(tokens, what, rowLength, rows.rows(), rows.rowLength()));
  }

  private static void rows(AttentionBatch b, AttentionSlice s) {
    int newRows = Math.min(b.newKeys().rows(), b.newValues().rows());
    require(
        s.count() > 0 && s.firstRow() >= 0 && (long) s.firstRow() + s.count() <= newRows,
        () ->
            "a slice of %d tokens from row %d on is outside of the batch's %d new rows"
                .formatted(s.count(), s.firstRow(), newRows));
    require(
        s.queries() > 0 && s.queries() <= s.count(),
        () ->
            "a slice of %d tokens cannot have %d queries; wanted 1 to as many as tokens"
                .formatted(s.count(), s.queries()));
    require(
        s.firstQuery() >= 0 && (long) s.firstQuery() + s.queries() <= b.q().rows(),
        () ->
            "a slice of %d queries from row %d on is outside of the batch's %d queries"
                .formatted(s.queries(), s.firstQuery(), b.q().rows()));
  }

  private static void cache(AttentionBatch b, AttentionSlice s, int rowLength) {
    require(
        s.startPosition() >= 0 && (long) s.startPosition() + s.count() <= Integer.MAX_VALUE,
        () ->
            "%d tokens from position %d on have no valid positions"
                .formatted(s.count(), s.startPosition()));
    require(
        s.keys().rowLength() == rowLength
            && s.values().rowLength() == rowLength
            && s.keys().rows() == s.values().rows(),
        () ->
            "the cache has %d keys of %d and %d values of %d elements; wanted as many, of %d"
                .formatted(
                    s.keys().rows(),
                    s.keys().rowLength(),
                    s.values().rows(),
                    s.values().rowLength(),
                    rowLength));
    require(
        s.keys().dtype() == b.newKeys().dtype() && s.values().dtype() == b.newValues().dtype(),
        () ->
            "the cache holds %s keys and %s values, the batch %s and %s"
                .formatted(
                    s.keys().dtype(),
                    s.values().dtype(),
                    b.newKeys().dtype(),
                    b.newValues().dtype()));
  }

  static String of(FloatMatrix x) {
    return "[" + x.rows() + ", " + x.columns() + "]";
  }

  static void require(boolean holds, Supplier<String> message) {
    if (!holds) {
      throw new IllegalArgumentException(message.get());
    }
  }
}
