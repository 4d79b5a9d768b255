package dev.sirocco.server.generation;

import dev.sirocco.engine.GenerationOptions;
import java.util.List;

/**
 * How a request wants its answers.
 *
 * @param options the options so far, stop texts apart
 * @param stops the request's own stop texts
 * @param n answers to each prompt
 */
public record Sampling(GenerationOptions.Builder options, List<String> stops, int n) {

  public Sampling {
    stops = List.copyOf(stops);
  }
}
