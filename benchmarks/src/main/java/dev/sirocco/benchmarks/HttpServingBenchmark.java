package dev.sirocco.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Measures how much sooner a server answers requests together than one after the other, over
 * OpenAI's API, with prompts as token ids; so it measures other engines' servers as well. See
 * {@link ServingLoad}. A part of an answer is an event of its stream.
 *
 * <pre>
 * java -cp ... dev.sirocco.benchmarks.HttpServingBenchmark URL [requests] [prompt tokens]
 *     [answer tokens] [size of the vocabulary]
 * </pre>
 */
public final class HttpServingBenchmark {

  private HttpServingBenchmark() {}

  /** Runs the benchmark on the server at the URL, such as http://127.0.0.1:8080. */
  public static void main(String[] args) throws Exception {
    URI completions = URI.create(args[0]).resolve("/v1/completions");
    new ServingLoad(
            (prompt, tokens, arrived) -> answer(completions, prompt, tokens, arrived),
            ServingBenchmark.argument(args, 2, 256),
            ServingBenchmark.argument(args, 3, 64),
            ServingBenchmark.argument(args, 4, 32_000),
            System.out)
        .compare(ServingBenchmark.argument(args, 1, 8));
  }

  /** On a connection of its own: some servers close one that has been idle for a while. */
  private static void answer(URI completions, int[] prompt, int answerTokens, Runnable arrived)
      throws IOException, InterruptedException {
    String body =
        "{\"prompt\":%s,\"max_tokens\":%d,\"temperature\":0,\"ignore_eos\":true,\"stream\":true}"
            .formatted(Arrays.toString(prompt), answerTokens);
    HttpRequest request =
        HttpRequest.newBuilder(completions)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpResponse<Stream<String>> response = client.send(request, BodyHandlers.ofLines());
      if (response.statusCode() != 200) {
        throw new IOException(
            "%s answered %d: %s"
                .formatted(completions, response.statusCode(), response.body().toList()));
      }
      response.body().filter(line -> line.startsWith("data: {")).forEach(line -> arrived.run());
    }
  }
}
