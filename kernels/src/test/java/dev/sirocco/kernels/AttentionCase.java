package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sirocco.tensor.DType;
import dev.sirocco.tensor.FloatMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Queries, keys and values of one sequence, which can be fed to attention in chunks over a cache.
 *
 * @param arena owns the memory
 * @param q queries [T, nHeads * headDim]
 * @param keys [T, nKvHeads * headDim]
 * @param values [T, nKvHeads * headDim]
 */
record AttentionCase(
    Arena arena,
    FloatMatrix q,
    KvRows keys,
    KvRows values,
    int nHeads,
    int nKvHeads,
    int headDim,
    int window) {

  static AttentionCase random(
      Arena arena, Kernels kernels, DType type, int length, int[] heads, int window) {
    RandomData random = new RandomData(arena, length * 31L + heads[0] + window);
    int rowLength = heads[1] * heads[2];
    return new AttentionCase(
        arena,
        random.activations(length, heads[0] * heads[2]),
        random.keyValueRows(kernels, type, length, rowLength),
        random.keyValueRows(kernels, type, length, rowLength),
        heads[0],
        heads[1],
        heads[2],
        window);
  }

  /** Position i in slot i mod slots; enough slots for a whole sequence make it a plain cache. */
  record Ring(int slots) implements KvLayout {
    @Override
    public int slot(int position) {
      return position % slots;
    }

    @Override
    public int run(int position) {
      return slots - position % slots;
    }
  }

  /** The result of all tokens, in chunks, over a cache of {@code slots} slots. */
  FloatMatrix run(Kernels kernels, int chunk, int slots) {
    Ring ring = new Ring(slots);
    KvRows cachedKeys = garbage(slots);
    KvRows cachedValues = garbage(slots);
    FloatMatrix out = FloatMatrix.allocate(arena, q.rows(), q.columns());
    for (int first = 0; first < q.rows(); first += chunk) {
      int count = Math.min(chunk, q.rows() - first);
      AttentionSlice slice = new AttentionSlice(0, count, first, cachedKeys, cachedValues, ring);
      kernels.attention(
          new AttentionBatch(
              q.rows(first, count),
              part(keys, first, count),
              part(values, first, count),
              out.rows(first, count),
              List.of(slice),
              nHeads,
              nKvHeads,
              headDim,
              window));
      append(cachedKeys, keys, first, count, ring);
      append(cachedValues, values, first, count, ring);
    }
    return out;
  }

  /**
   * The results of the last {@code queries} tokens, read in one chunk with {@code count - queries}
   * before them whose results nobody wants.
   */
  FloatMatrix runLast(Kernels kernels, int count, int queries) {
    int first = q.rows() - count;
    FloatMatrix out = FloatMatrix.allocate(arena, queries, q.columns());
    AttentionSlice slice =
        new AttentionSlice(0, count, first, keys, values, new Ring(q.rows()), 0, queries);
    kernels.attention(
        new AttentionBatch(
            q.rows(q.rows() - queries, queries),
            part(keys, first, count),
            part(values, first, count),
            out,
            List.of(slice),
            nHeads,
            nKvHeads,
            headDim,
            window));
    return out;
  }

  /** The last {@code counts[i]} tokens of each sequence, all in one batch. */
  static List<FloatMatrix> together(Kernels kernels, List<AttentionCase> cases, int[] counts) {
    AttentionCase any = cases.getFirst();
    int total = Arrays.stream(counts).sum();
    int columns = any.keys.rowLength();
    FloatMatrix q = FloatMatrix.allocate(any.arena, total, any.q.columns());
    FloatMatrix out = FloatMatrix.allocate(any.arena, total, any.q.columns());
    KvRows newKeys = KvRows.allocate(any.arena, any.keys.dtype(), total, columns);
    KvRows newValues = KvRows.allocate(any.arena, any.keys.dtype(), total, columns);
    List<AttentionSlice> slices = new ArrayList<>();
    List<FloatMatrix> results = new ArrayList<>();
    int row = 0;
    for (int i = 0; i < counts.length; i++) {
      AttentionCase c = cases.get(i);
      int start = c.q.rows() - counts[i];
      q.rows(row, counts[i]).data().copyFrom(c.q.rows(start, counts[i]).data());
      copy(c.keys, start, newKeys, row, counts[i]);
      copy(c.values, start, newValues, row, counts[i]);
      slices.add(
          new AttentionSlice(
              row, counts[i], start, c.keys, c.values, new Ring(Math.max(1, c.q.rows()))));
      results.add(out.rows(row, counts[i]));
      row += counts[i];
    }
    kernels.attention(
        new AttentionBatch(
            q, newKeys, newValues, out, slices, any.nHeads, any.nKvHeads, any.headDim, any.window));
    return results;
  }

  /** Rows that must not be read: NaN in both types. */
  private KvRows garbage(int slots) {
    KvRows rows = KvRows.allocate(arena, keys.dtype(), slots, keys.rowLength());
    for (long i = 0; i < rows.data().byteSize(); i++) {
      rows.data().set(JAVA_BYTE, i, (byte) 0xFF);
    }
    return rows;
  }

  private static KvRows part(KvRows rows, int first, int count) {
    return new KvRows(
        rows.dtype(),
        rows.data().asSlice(first * rows.rowBytes(), count * rows.rowBytes()),
        count,
        rows.rowLength());
  }

  private static void append(KvRows cache, KvRows rows, int first, int count, Ring ring) {
    for (int position = first; position < first + count; position++) {
      copy(rows, position, cache, ring.slot(position), 1);
    }
  }

  private static void copy(KvRows from, int row, KvRows to, int at, int count) {
    long bytes = from.rowBytes();
    MemorySegment.copy(from.data(), row * bytes, to.data(), at * bytes, count * bytes);
  }
}
