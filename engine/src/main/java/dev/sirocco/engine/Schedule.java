package dev.sirocco.engine;

import dev.sirocco.model.Batch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which tokens of which sequences the next step computes.
 *
 * @param entries in row order
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
    /** Whether the next token is chosen after this step. */
    boolean isSampled() {
      return complete && sequence.wantsLogits();
    }

    int lastRow() {
      return firstRow + count - 1;
    }
  }

  /** Collects the tokens of a step. */
  static final class Builder {
    private final Map<Sequence, Integer> counts = new LinkedHashMap<>();

    /** Adds the next {@code count} tokens of a sequence; nothing if 0. */
    void add(Sequence sequence, int count) {
      if (count > 0) {
        counts.put(sequence, count);
      }
    }

    boolean contains(Sequence sequence) {
      return counts.containsKey(sequence);
    }

    Schedule build() {
      List<Entry> entries = new ArrayList<>(counts.size());
      int row = 0;
      for (Map.Entry<Sequence, Integer> share : counts.entrySet()) {
        int count = share.getValue();
        Sequence sequence = share.getKey();
        entries.add(new Entry(sequence, row, count, count == sequence.pending()));
        row += count;
      }
      return new Schedule(entries);
    }
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Number of tokens. */
  int rows() {
    return entries.stream().mapToInt(Entry::count).sum();
  }

  /**
   * The last layer leaves out tokens that nothing is sampled after, unless someone looks at all.
   */
  Batch batch() {
    boolean every = entries.stream().anyMatch(e -> e.sequence().wantsEveryRow());
    return new Batch(
        entries.stream()
            .map(
                e -> {
                  Batch.Part part = e.sequence().part(e.count());
                  return every ? part : part.withOutputs(e.isSampled() ? 1 : 0);
                })
            .toList());
  }

  /** The entries whose next token is to be sampled. */
  List<Entry> complete() {
    return entries.stream().filter(Entry::isSampled).toList();
  }
}
