package dev.sirocco.engine;

/**
 * A token that could have been chosen.
 *
 * @param id the token
 * @param logProbability natural logarithm of its probability under the model's own distribution,
 *     before any sampling option changed it
 */
public record TokenProbability(int id, float logProbability) {}
