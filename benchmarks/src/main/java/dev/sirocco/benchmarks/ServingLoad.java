package dev.sirocco.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;

/**
 * Requests of random tokens, answered one after the other and then together, and how long their
 * readers wait: for the first part of an answer, and from one part to the next. No two prompts are
 * alike; so no prefix is shared.
 *
 * @param reader gets an answer
 * @param promptTokens tokens of each prompt
 * @param answerTokens tokens of each answer
 * @param vocabSize prompts are tokens from 3 to {@code vocabSize} - 1
 * @param out where the figures are printed
 */
record ServingLoad(
    Reader reader, int promptTokens, int answerTokens, int vocabSize, PrintStream out) {

  /** Gets one answer. */
  @FunctionalInterface
  interface Reader {

    /**
     * Asks, and reads the answer to its end.
     *
     * @param arrived to be run whenever a part of the answer has come
     */
    void answer(int[] prompt, int answerTokens, Runnable arrived) throws Exception;
  }

  /** When a request was made and the parts of its answer came, in seconds. */
  private record Times(double asked, List<Double> parts) {}

  /** Both, after a warm-up with short requests; prints what was measured. */
  void compare(int requests) throws Exception {
    new ServingLoad(reader, 64, 8, vocabSize, out).run(2, 2, 1000);
    double alone = report("one after the other", requests, 1, 2000);
    double together = report("together", requests, requests, 3000);
    out.printf("together %.2f times as soon%n", alone / together);
  }

  private double report(String name, int requests, int readers, long seed) throws Exception {
    double start = now();
    List<Times> times = run(requests, readers, seed);
    double seconds = now() - start;
    double[] first =
        times.stream().mapToDouble(t -> t.parts().getFirst() - t.asked()).sorted().toArray();
    double[] between = times.stream().flatMapToDouble(ServingLoad::gaps).sorted().toArray();
    out.printf(
        "%s: %d requests (%d + %d tokens) in %.2f s, %.1f answer tokens/s%n",
        name, requests, promptTokens, answerTokens, seconds, requests * answerTokens / seconds);
    out.printf("  first part after   %s%n", percentiles(first));
    out.printf("  between parts      %s%n", percentiles(between));
    return seconds;
  }

  private static DoubleStream gaps(Times times) {
    double[] at = times.parts().stream().mapToDouble(Double::doubleValue).toArray();
    double[] gaps = new double[at.length - 1];
    Arrays.setAll(gaps, i -> at[i + 1] - at[i]);
    return Arrays.stream(gaps);
  }

  private static String percentiles(double[] sorted) {
    return "p50 %.0f ms, p90 %.0f ms, p99 %.0f ms, most %.0f ms"
        .formatted(at(sorted, 0.5), at(sorted, 0.9), at(sorted, 0.99), at(sorted, 1));
  }

  private static double at(double[] sorted, double share) {
    int index = (int) Math.ceil(share * sorted.length) - 1;
    return 1000 * sorted[Math.max(0, index)];
  }

  /**
   * So many requests by so many readers, each of which waits for one answer before it asks again.
   */
  private List<Times> run(int requests, int readers, long seed) throws Exception {
    List<Times> times = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(readers)) {
      List<Callable<Times>> work = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        int[] prompt = prompt(seed + i);
        work.add(() -> answer(prompt));
      }
      for (Future<Times> done : threads.invokeAll(work)) {
        times.add(done.get());
      }
    }
    return times;
  }

  private Times answer(int[] prompt) throws Exception {
    double asked = now();
    List<Double> parts = new ArrayList<>();
    reader.answer(prompt, answerTokens, () -> parts.add(now()));
    return new Times(asked, parts);
  }

  private int[] prompt(long seed) {
    return new Random(seed).ints(promptTokens, 3, vocabSize).toArray();
  }

  private static double now() {
    return System.nanoTime() / 1e9;
  }
}
