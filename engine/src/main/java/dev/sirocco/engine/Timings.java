package dev.sirocco.engine;

/**
 * How long the parts of an answer took.
 *
 * @param loadMillis opening the model
 * @param prefillMillis from the start until the prompt was read
 * @param decodeMillis from there to the end
 * @param prefillTokens prompt tokens computed; those found in a session's cache do not count
 * @param decodeTokens tokens computed one by one after the prompt
 */
public record Timings(
    double loadMillis,
    double prefillMillis,
    double decodeMillis,
    int prefillTokens,
    int decodeTokens) {

  /** Prompt tokens a second; 0 if no time was measured. */
  public double prefillTokensPerSecond() {
    return prefillMillis > 0 ? prefillTokens / prefillMillis * 1000 : 0;
  }

  /** Tokens a second after the prompt; 0 if no time was measured. */
  public double decodeTokensPerSecond() {
    return decodeMillis > 0 ? decodeTokens / decodeMillis * 1000 : 0;
  }
}
