package dev.sirocco.engine;

/**
 * What a {@link ServingEngine} holds at one moment.
 *
 * @param queued requests that wait to be admitted
 * @param running sequences that are being answered
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
    long preemptions) {}
