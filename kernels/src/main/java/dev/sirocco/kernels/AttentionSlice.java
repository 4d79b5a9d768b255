package dev.sirocco.kernels;

/**
 * One sequence's share of an attention batch: its new tokens, and the cache of what came before.
 *
 * <p>Row {@code firstRow + i} of the new keys and values is the token at position {@code
 * startPosition + i}. Keys and values of positions below {@code startPosition} are read from the
 * cache, those from {@code startPosition} on from the batch's own new rows; so a rolling buffer
 * loses nothing that the first tokens of a chunk still see.
 *
 * <p>The last {@code queries} of the tokens look at them. Example: a chunk of 5 tokens after 10, of
 * which only the last one's result is wanted, has the keys of positions 10 to 14, and one query, at
 * position 14.
 *
 * @param firstRow first row of the new keys and values
 * @param count number of new tokens, at least 1
 * @param startPosition position of the first new token; the cache holds the positions below it that
 *     are still visible
 * @param keys cached keys of this layer
 * @param values cached values of this layer
 * @param layout which cache row holds which position
 * @param firstQuery first row of the queries and results
 * @param queries number of queries, from 1 to {@code count}
 */
public record AttentionSlice(
    int firstRow,
    int count,
    int startPosition,
    KvRows keys,
    KvRows values,
    KvLayout layout,
    int firstQuery,
    int queries) {

  /** As the other constructor, with a query for each token in the same row. */
  public AttentionSlice(
      int firstRow, int count, int startPosition, KvRows keys, KvRows values, KvLayout layout) {
    this(firstRow, count, startPosition, keys, values, layout, firstRow, count);
  }

  /** Position of the first query. */
  public int queryPosition() {
    return startPosition + count - queries;
  }
}
