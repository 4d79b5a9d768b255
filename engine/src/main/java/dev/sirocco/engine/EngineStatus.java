package dev.sirocco.engine;

/**
 * What a {@link ServingEngine} holds at one moment.
 *
 * @param queued sequences that wait to be computed, for the first time or after they lost their
 *     blocks
 * @param running sequences that hold blocks and are being computed
 * @param blocks blocks of the key/value pool
 * @param usedBlocks blocks that running sequences hold
 * @param cachedBlocks blocks that no sequence holds, kept because a later prompt may share them
 * @param prefixLookups tokens of admitted prompts
 * @param prefixHits those of them that were found in the cache
 * @param preemptions how often a sequence lost its blocks
 */
public record EngineStatus(
    int queued,
    int running,
    int blocks,
    int usedBlocks,
    int cachedBlocks,
    long prefixLookups,
    long prefixHits,
    long preemptions) {

  /** The same if so many are unfinished: those that do not run wait. */
  EngineStatus withUnfinished(int unfinished) {
    return new EngineStatus(
        Math.max(0, unfinished - running),
        running,
        blocks,
        usedBlocks,
        cachedBlocks,
        prefixLookups,
        prefixHits,
        preemptions);
  }
}
