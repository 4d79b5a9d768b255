package dev.sirocco.benchmarks;

import dev.sirocco.engine.LanguageModel;
import dev.sirocco.engine.ModelOptions;
import dev.sirocco.engine.ServingEngine;
import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.SiroccoServer;
import dev.sirocco.server.http.ServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Keeps a server busy over HTTP with many streams of random lengths, a third of whose clients close
 * the connection at a random token, and looks whether anything is left behind: blocks, threads,
 * memory, connections; the server's own gauges have to be back to 0.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp ...
 *     dev.sirocco.benchmarks.HttpSoak MODEL [seconds] [streams] [bytes of keys and values]
 * </pre>
 */
public final class HttpSoak {

  private static final int LONGEST = 256;
  private static final String LENGTH = "\"finish_reason\":\"length\"";
  private static final String STOP = "\"finish_reason\":\"stop\"";

  private final SiroccoServer server;
  private final int vocabSize;
  private final long end;
  private final Map<String, Integer> outcomes = new TreeMap<>();

  private HttpSoak(SiroccoServer server, int vocabSize, long seconds) {
    this.server = server;
    this.vocabSize = vocabSize;
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
            ServingEngine.start(model, ServingOptions.defaults().withKvMemory(kvMemory));
        SiroccoServer server = SiroccoServer.start(ServerOptions.builder().port(0).build())) {
      server.serve(engine, "model");
      int vocabSize = model.config().vocabSize();
      new HttpSoak(server, vocabSize, Math.min(seconds, 10)).run(streams);
      List<String> before = threads();
      report("after warming up", before);
      HttpSoak soak = new HttpSoak(server, vocabSize, seconds);
      soak.run(streams);
      List<String> gauges = soak.gaugesAboveZero();
      List<String> after = threads();
      report("at the end", after);
      System.out.println("answers: " + soak.outcomes);
      System.out.println("gauges above 0: " + gauges + ", engine: " + engine.status());
      clean =
          gauges.isEmpty()
              && after.equals(before)
              && soak.outcomes.keySet().stream().noneMatch(o -> o.startsWith("error"));
    }
    System.out.println(clean ? "nothing was left behind" : "SOMETHING WAS LEFT BEHIND");
    System.exit(clean ? 0 : 1);
  }

  /** The names of all platform threads; those of virtual ones' carriers come and go. */
  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> !name.startsWith("ForkJoinPool"))
        .sorted()
        .toList();
  }

  private static void report(String when, List<String> threads) throws IOException {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    String resident =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .map(line -> line.replaceAll("\\s+", " "))
            .collect(Collectors.joining());
    System.out.printf(
        "%s: heap %,d KiB, %s, %d threads %s%n",
        when,
        (runtime.totalMemory() - runtime.freeMemory()) >> 10,
        resident,
        threads.size(),
        new TreeSet<>(threads));
  }

  private void run(int streams) throws InterruptedException {
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      long seed = i;
      clients.add(Thread.ofVirtual().start(() -> ask(new Random(seed))));
    }
    for (Thread client : clients) {
      client.join();
    }
  }

  private void ask(Random random) {
    while (System.nanoTime() < end) {
      String outcome;
      try {
        outcome = answer(random);
      } catch (IOException e) {
        outcome = "error " + e;
      }
      synchronized (outcomes) {
        outcomes.merge(outcome, 1, Integer::sum);
      }
    }
  }

  /** One request; prompts share random beginnings. */
  private String answer(Random random) throws IOException {
    int length = 1 + random.nextInt(LONGEST / 2);
    int common = random.nextInt(length);
    int[] prompt = new Random(random.nextInt(3)).ints(length, 3, vocabSize).toArray();
    for (int i = common; i < length; i++) {
      prompt[i] = 3 + random.nextInt(vocabSize - 3);
    }
    int most = 1 + random.nextInt(LONGEST - length);
    int leaveAfter = random.nextInt(3) == 0 ? random.nextInt(most) : Integer.MAX_VALUE;
    String tokens =
        Arrays.stream(prompt).mapToObj(Integer::toString).collect(Collectors.joining(","));
    String body =
        "{\"prompt\":[%s],\"max_tokens\":%d,\"seed\":%d,\"stream\":true}"
            .formatted(tokens, most, random.nextLong());
    return send("POST /v1/completions", body, leaveAfter);
  }

  private String send(String what, String body, int leaveAfter) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(wire(what, body));
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String reason = "error no end";
      int events = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (events >= leaveAfter) {
          return "left";
        }
        if (line.startsWith("HTTP/1.1 ") && !line.startsWith("HTTP/1.1 200")) {
          return "error " + line;
        }
        events += line.startsWith("data: ") ? 1 : 0;
        reason = line.contains(LENGTH) ? "length" : line.contains(STOP) ? "stop" : reason;
        if (line.equals("data: [DONE]")) {
          return reason;
        }
      }
      return "error broken off";
    } catch (SocketException e) {
      return "error " + e;
    }
  }

  private static byte[] wire(String what, String body) {
    return "%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(what, body.length(), body)
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The gauges that are not 0 although nobody asks, but for the asking of them. The server may take
   * a moment to see that the last client is gone.
   */
  private List<String> gaugesAboveZero() throws IOException, InterruptedException {
    List<String> above = List.of("not asked");
    for (int tries = 0; tries < 50 && !above.isEmpty(); tries++) {
      Thread.sleep(100);
      above =
          metrics().stream()
              .filter(
                  line -> line.matches("sirocco_(requests|kv_blocks|http_(active|connections)).*"))
              .filter(line -> !line.contains("\"cached\"") && !line.contains("\"free\""))
              .filter(line -> !line.endsWith(line.startsWith("sirocco_http") ? " 1.0" : " 0.0"))
              .toList();
    }
    return above;
  }

  private List<String> metrics() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(wire("GET /metrics", ""));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return answer.lines().toList();
    }
  }
}
