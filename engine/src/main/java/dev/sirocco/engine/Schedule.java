package dev.sirocco.engine;

import dev.sirocco.model.Batch;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tokens of which sequences the next step computes.
 *
 * @param entries in row order; never empty
 * @see dev.sirocco.model.Transformer
 */
record Schedule(List<Entry> entries) {

  /**
   * Tokens of one sequence.
   *
   * @param sequence the sequence
   * @param firstRow row of its first token in the batch
   * @param count tokens of this step
   * @param complete whether no token of the sequence is left, so that the next one is sampled
   */
  record Entry(Sequence sequence, int firstRow, int count, boolean complete) {
    int lastRow() {
      return firstRow + count - 1;
    }
  }

  /**
   * Fills a batch of {@code maxRows} tokens: first those that decode (one token left), so that a
   * long prompt never makes them wait, then prompts as far as they fit.
   *
   * <p>Example with 8 rows, A with 20 tokens left and B with 1: B gets row 0, A rows 1 to 7.
   */
  static Schedule of(List<Sequence> running, int maxRows) {
    List<Sequence> ordered = new ArrayList<>(running);
    ordered.sort((a, b) -> Boolean.compare(a.pending() > 1, b.pending() > 1));
    List<Entry> entries = new ArrayList<>();
    int row = 0;
    for (Sequence sequence : ordered) {
      int count = Math.min(sequence.pending(), maxRows - row);
      if (count > 0) {
        entries.add(new Entry(sequence, row, count, count == sequence.pending()));
        row += count;
      }
    }
    return new Schedule(entries);
  }

  Batch batch() {
    return new Batch(entries.stream().map(e -> e.sequence().part(e.count())).toList());
  }

  /** The entries whose next token is to be sampled. */
  List<Entry> complete() {
    return entries.stream().filter(Entry::complete).toList();
  }
}
