package dev.sirocco.engine;

/**
 * A token of an answer, handed to the listener as soon as it is chosen.
 *
 * @param index place in the answer, from 0
 * @param id the token; -1 in a last call that only brings text held back until the end
 * @param text the text that became certain with this token: never half a character, nothing that
 *     may still turn out to begin a stop string; often empty
 * @param logProbability natural logarithm of the token's probability under the model's own
 *     distribution, before any sampling option changed it; 0 if {@code id} is -1
 */
public record GeneratedToken(int index, int id, String text, float logProbability) {}
