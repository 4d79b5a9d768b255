package dev.sirocco.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * A flat batch of tokens of one or several sequences: prefill chunks and decode steps mixed.
 *
 * <p>Example: sequence A holds 10 positions and reads a chunk of three tokens, B holds 4 and
 * decodes one. The batch has 4 rows; rows 0, 1 and 2 stand at A's positions 10, 11 and 12, row 3 at
 * B's position 4.
 *
 * @param parts each sequence's share, in row order; no sequence twice
 */
public record Batch(List<Part> parts) {

  /** New tokens of one sequence. Immutable but for the cache. */
  public static final class Part {
    private final KvCache cache;
    private final int[] tokens;
    private final OptionalInt expertsPerToken;
    private final int outputs;

    /**
     * @param cache what came before; its length is the position of the first token
     * @param tokens at least one
     */
    public Part(KvCache cache, int... tokens) {
      this(cache, OptionalInt.empty(), tokens);
    }

    /**
     * As the other constructor, with a number of experts of its own.
     *
     * @param expertsPerToken experts that each of these tokens uses; empty for the model's number
     */
    public Part(KvCache cache, OptionalInt expertsPerToken, int... tokens) {
      this(cache, expertsPerToken, tokens.length, tokens.clone());
    }

    private Part(KvCache cache, OptionalInt expertsPerToken, int outputs, int[] tokens) {
      this.cache = cache;
      this.expertsPerToken = expertsPerToken;
      this.outputs = outputs;
      this.tokens = tokens;
    }

    /**
     * The same part, of which only the last {@code outputs} tokens are looked at: 1 where a prompt
     * ends, 0 in the midst of one. The last block computes keys and values alone for the others.
     *
     * @throws IllegalArgumentException if there are not as many tokens
     */
    public Part withOutputs(int outputs) {
      if (outputs < 0 || outputs > tokens.length) {
        throw new IllegalArgumentException(
            "the outputs of %d tokens are wanted of a part of %d"
                .formatted(outputs, tokens.length));
      }
      return new Part(cache, expertsPerToken, outputs, tokens);
    }

    /** What came before these tokens. */
    public KvCache cache() {
      return cache;
    }

    /** Number of tokens. */
    public int count() {
      return tokens.length;
    }

    OptionalInt expertsPerToken() {
      return expertsPerToken;
    }

    int outputs() {
      return outputs;
    }

    IntStream tokens() {
      return Arrays.stream(tokens);
    }
  }

  /** Rows of a part: of all its tokens, or of those whose outputs are wanted. */
  record Placed(Part part, int firstRow, int count) {
    KvCache cache() {
      return part.cache();
    }
  }

  /**
   * @throws IllegalArgumentException if there is no part, a part has no token, or a sequence
   *     appears twice
   */
  public Batch {
    parts = List.copyOf(parts);
    if (parts.isEmpty() || parts.stream().anyMatch(part -> part.count() == 0)) {
      throw new IllegalArgumentException("a batch needs parts of at least one token each");
    }
    if (parts.stream().map(Part::cache).distinct().count() < parts.size()) {
      throw new IllegalArgumentException("a sequence appears twice in a batch");
    }
  }

  /** A batch of one sequence. */
  public static Batch of(KvCache cache, int... tokens) {
    return new Batch(List.of(new Part(cache, tokens)));
  }

  /** Number of tokens. */
  public int rows() {
    return parts.stream().mapToInt(part -> part.count()).sum();
  }

  /** All tokens in row order. */
  int[] tokens() {
    return parts.stream().flatMapToInt(Part::tokens).toArray();
  }

  /** How many experts each row uses, in row order; {@code usual} where a part does not say. */
  static int[] expertsPerToken(List<Placed> parts, int usual) {
    return parts.stream()
        .flatMapToInt(
            p ->
                IntStream.generate(() -> p.part().expertsPerToken().orElse(usual)).limit(p.count()))
        .toArray();
  }

  /** The parts' tokens, in the rows of the batch. */
  List<Placed> placed() {
    return placed(Part::count);
  }

  /** The parts' tokens whose outputs are wanted, in rows without gaps. */
  List<Placed> placedOutputs() {
    return placed(Part::outputs);
  }

  private List<Placed> placed(ToIntFunction<Part> counts) {
    List<Placed> placed = new ArrayList<>(parts.size());
    int row = 0;
    for (Part part : parts) {
      int count = counts.applyAsInt(part);
      placed.add(new Placed(part, row, count));
      row += count;
    }
    return placed;
  }

  /** The rows whose outputs are wanted, ascending. */
  int[] outputRows() {
    return placed().stream()
        .flatMapToInt(
            p -> {
              int end = p.firstRow() + p.count();
              return IntStream.range(end - p.part().outputs(), end);
            })
        .toArray();
  }
}
