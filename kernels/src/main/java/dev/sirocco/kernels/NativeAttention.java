package dev.sirocco.kernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An attention batch as C structures ({@code attention}, {@code slice} and {@code segment} in
 * {@code sirocco.h}).
 *
 * <p>Work items are one key/value head for a few neighbouring tokens, whose query heads share the
 * keys: with 4 query heads for one of keys, 16 tokens make 64 rows.
 */
final class NativeAttention {

  private static final int ROWS_OF_AN_ITEM = 64;
  private static final int ATTENTION_BYTES = 64;
  private static final int SLICE_BYTES = 32;
  private static final int SEGMENT_BYTES = 32;

  private final MemorySegment structures;
  private final int items;
  private final int slices;
  private final int nKvHeads;

  /** Consecutive positions in consecutive rows, from one of {@code keys} and {@code values} on. */
  private record Segment(long position, long count, KvRows keys, KvRows values, int row) {}

  NativeAttention(AttentionBatch batch, NativeMemory memory) {
    List<List<Segment>> segments =
        batch.slices().stream().map(slice -> segments(batch, slice)).toList();
    slices = segments.size();
    nKvHeads = batch.nKvHeads();
    long segmentsAt = ATTENTION_BYTES + (long) slices * SLICE_BYTES;
    long all = segments.stream().mapToLong(List::size).sum();
    structures = memory.atLeast(segmentsAt + all * SEGMENT_BYTES);
    int blockRows = blockRows(batch);
    int item = 0;
    for (int i = 0; i < slices; i++) {
      AttentionSlice slice = batch.slices().get(i);
      long at = ATTENTION_BYTES + (long) i * SLICE_BYTES;
      structures.set(JAVA_INT, at, slice.firstQuery());
      structures.set(JAVA_INT, at + 4, slice.queries());
      structures.set(JAVA_LONG, at + 8, slice.queryPosition());
      structures.set(ADDRESS, at + 16, structures.asSlice(segmentsAt));
      structures.set(JAVA_INT, at + 24, segments.get(i).size());
      structures.set(JAVA_INT, at + 28, item);
      for (Segment segment : segments.get(i)) {
        write(segment, segmentsAt);
        segmentsAt += SEGMENT_BYTES;
      }
      item += batch.nKvHeads() * ((slice.queries() + blockRows - 1) / blockRows);
    }
    items = item;
    writeHead(batch, slices, blockRows);
  }

  private void writeHead(AttentionBatch batch, int slices, int blockRows) {
    structures.set(ADDRESS, 0, batch.q().data());
    structures.set(ADDRESS, 8, batch.out().data());
    structures.set(ADDRESS, 16, structures.asSlice(ATTENTION_BYTES));
    structures.set(JAVA_INT, 24, slices);
    structures.set(JAVA_INT, 28, batch.nHeads());
    structures.set(JAVA_INT, 32, batch.nKvHeads());
    structures.set(JAVA_INT, 36, batch.headDim());
    structures.set(JAVA_INT, 40, batch.newKeys().dtype().ggufId());
    structures.set(JAVA_INT, 44, batch.newValues().dtype().ggufId());
    structures.set(JAVA_INT, 48, batch.window());
    structures.set(JAVA_INT, 52, blockRows);
  }

  private void write(Segment segment, long at) {
    structures.set(JAVA_LONG, at, segment.position);
    structures.set(JAVA_LONG, at + 8, segment.count);
    structures.set(ADDRESS, at + 16, row(segment.keys, segment.row));
    structures.set(ADDRESS, at + 24, row(segment.values, segment.row));
  }

  private static MemorySegment row(KvRows rows, int row) {
    return rows.data().asSlice(row * rows.rowBytes());
  }

  private static List<Segment> segments(AttentionBatch batch, AttentionSlice slice) {
    List<Segment> segments = new ArrayList<>();
    int position = batch.firstVisible(slice.queryPosition());
    while (position < slice.startPosition()) {
      int run = Math.min(slice.layout().run(position), slice.startPosition() - position);
      int row = slice.layout().slot(position);
      segments.add(new Segment(position, run, slice.keys(), slice.values(), row));
      position += run;
    }
    int skipped = position - slice.startPosition();
    segments.add(
        new Segment(
            position,
            slice.count() - skipped,
            batch.newKeys(),
            batch.newValues(),
            slice.firstRow() + skipped));
    return segments;
  }

  private static int blockRows(AttentionBatch batch) {
    return Math.max(1, ROWS_OF_AN_ITEM / (batch.nHeads() / batch.nKvHeads()));
  }

  /** Most rows of an item: tokens times the query heads that share keys. */
  static int rows(AttentionBatch batch) {
    return blockRows(batch) * (batch.nHeads() / batch.nKvHeads());
  }

  /** The {@code attention} structure. */
  MemorySegment structure() {
    return structures;
  }

  /**
   * Items that a thread had better claim together: of sequences with one block of tokens, such as a
   * single one that is decoded, neighbouring heads are neighbouring items, whose keys and values
   * lie side by side in memory.
   */
  int grain(int threads) {
    boolean oneBlock = items == slices * nKvHeads;
    return oneBlock ? Math.clamp(items / threads, 1, nKvHeads) : 1;
  }

  /** Number of work items. */
  int items() {
    return items;
  }
}
