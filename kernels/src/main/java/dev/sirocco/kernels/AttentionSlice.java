package dev.sirocco.kernels;

/**
 * One sequence's share of an attention batch: its new tokens, and the cache of what came before.
 *
 * <p>Row {@code firstRow + i} of the batch is the token at position {@code startPosition + i}. Keys
 * and values of positions below {@code startPosition} are read from the cache, those from {@code
 * startPosition} on from the batch's own new rows; so a rolling buffer loses nothing that the first
 * tokens of a chunk still see.
 *
 * @param firstRow first row in the batch
 * @param count number of new tokens, at least 1
 * @param startPosition position of the first new token; the cache holds the positions below it that
 *     are still visible
 * @param keys cached keys of this layer
 * @param values cached values of this layer
 * @param layout which cache row holds which position
 */
public record AttentionSlice(
    int firstRow, int count, int startPosition, KvRows keys, KvRows values, KvLayout layout) {}
