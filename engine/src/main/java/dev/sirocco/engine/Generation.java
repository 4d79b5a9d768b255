package dev.sirocco.engine;

import java.util.List;

/**
 * A finished answer.
 *
 * @param text the answer, without stop strings and control tokens
 * @param tokens chosen tokens in order, an end token included
 * @param promptTokens length of the prompt in tokens
 * @param cachedTokens how many of them were found in the session's cache
 * @param finishReason why the answer ended
 * @param seed the seed that was used, given or drawn
 * @param timings durations
 * @param routing per token the experts that computed it, if {@link
 *     GenerationOptions#recordRouting()}; otherwise empty
 */
public record Generation(
    String text,
    List<Integer> tokens,
    int promptTokens,
    int cachedTokens,
    FinishReason finishReason,
    long seed,
    Timings timings,
    List<TokenRouting> routing) {

  public Generation {
    tokens = List.copyOf(tokens);
    routing = List.copyOf(routing);
  }
}
