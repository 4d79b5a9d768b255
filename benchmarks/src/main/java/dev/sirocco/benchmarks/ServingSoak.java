package dev.sirocco.benchmarks;

import dev.sirocco.engine.AnswerEvent;
import dev.sirocco.engine.AnswerStream;
import dev.sirocco.engine.EngineStatus;
import dev.sirocco.engine.FinishReason;
import dev.sirocco.engine.GenerationOptions;
import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.Prompt;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.engine.ServingRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Keeps a serving engine busy with many streams of random lengths, a third of which are cancelled
 * at a random token, and looks whether anything is left behind: blocks, threads, memory.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp ...
 *     dev.sirocco.benchmarks.ServingSoak MODEL [seconds] [streams] [blocks]
 * </pre>
 */
public final class ServingSoak {

  private final ServingEngine engine;
  private final long end;
  private final Map<String, Integer> outcomes = new TreeMap<>();

  private ServingSoak(ServingEngine engine, long seconds) {
    this.engine = engine;
    this.end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
  }

  /** Runs, prints what happened, and exits with 1 if something was left behind or failed. */
  public static void main(String[] args) throws Exception {
    long seconds = args.length > 1 ? Long.parseLong(args[1]) : 300;
    int streams = args.length > 2 ? Integer.parseInt(args[2]) : 64;
    long kvMemory = args.length > 3 ? Long.parseLong(args[3]) : 64L << 20;
    boolean clean;
    try (LanguageModel model = LanguageModel.open(Path.of(args[0]), ModelOptions.defaults());
        ServingEngine engine =
            ServingEngine.start(model, ServingOptions.defaults().withKvMemory(kvMemory))) {
      new ServingSoak(engine, Math.min(seconds, 10)).run(streams);
      report("after warming up", engine);
      int threads = Thread.activeCount();
      ServingSoak soak = new ServingSoak(engine, seconds);
      soak.run(streams);
      System.out.println("answers: " + soak.outcomes);
      report("at the end", engine);
      EngineStatus status = engine.status();
      clean =
          soak.outcomes.keySet().stream().noneMatch(o -> o.startsWith("error"))
              && status.usedBlocks() + status.running() + status.queued() == 0
              && Thread.activeCount() == threads;
    }
    System.out.println(clean ? "nothing was left behind" : "SOMETHING WAS LEFT BEHIND");
    System.exit(clean ? 0 : 1);
  }

  private static void report(String when, ServingEngine engine) throws Exception {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    String resident =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS") || line.startsWith("Threads"))
            .map(line -> line.replaceAll("\\s+", " "))
            .toList()
            .toString();
    System.out.printf(
        "%s: heap %,d KiB, %s, %s%n",
        when, (runtime.totalMemory() - runtime.freeMemory()) >> 10, resident, engine.status());
  }

  private void run(int streams) throws InterruptedException {
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      long seed = i;
      readers.add(Thread.ofVirtual().start(() -> read(new Random(seed))));
    }
    for (Thread reader : readers) {
      reader.join();
    }
  }

  private void read(Random random) {
    while (System.nanoTime() < end) {
      String outcome;
      try {
        outcome = answer(random);
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts readers", e);
      } catch (RuntimeException e) {
        outcome = "error " + e;
      }
      synchronized (outcomes) {
        outcomes.merge(outcome, 1, Integer::sum);
      }
    }
  }

  private String answer(Random random) throws InterruptedException {
    int context = engine.model().context();
    int length = 1 + random.nextInt(context / 2);
    int common = random.nextInt(length);
    int vocabSize = engine.model().config().vocabSize();
    int[] prompt = new Random(random.nextInt(3)).ints(length, 3, vocabSize).toArray();
    for (int i = common; i < length; i++) {
      prompt[i] = 3 + random.nextInt(vocabSize - 3);
    }
    int most = 1 + random.nextInt(context - length);
    int cancelAfter = random.nextInt(3) == 0 ? random.nextInt(most) : Integer.MAX_VALUE;
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(most).temperature(1).seed(random.nextLong()).build();
    FinishReason reason = FinishReason.CANCELLED;
    try (AnswerStream stream = engine.submit(ServingRequest.of(Prompt.tokens(prompt), options))) {
      int seen = 0;
      for (Optional<AnswerEvent> e = Optional.empty(); ; seen++) {
        if (seen >= cancelAfter) {
          stream.cancel();
        }
        e = stream.next();
        if (e.isEmpty()) {
          return reason.toString();
        }
        if (e.get() instanceof AnswerEvent.End done) {
          reason = done.generation().finishReason();
        }
      }
    }
  }
}
