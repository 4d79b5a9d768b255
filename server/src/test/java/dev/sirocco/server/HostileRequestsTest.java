package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.Prompt;
import dev.sirocco.server.http.Json;
import dev.sirocco.tokenizer.ChatMessage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Requests meant to do harm: each ends with the status asked for, and the server lives on. */
@Timeout(120)
class HostileRequestsTest {

  private static final String CHAT = "/v1/chat/completions";

  private static TestServer server;
  private static String alone;

  private HealthyStream healthy;

  @BeforeAll
  static void start() {
    server = TestServer.start();
    alone = HealthyStream.textAlone(server);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Another client's stream runs beside what each test asks. */
  @BeforeEach
  void anotherStreamBegins() throws IOException {
    healthy = HealthyStream.begin(server);
  }

  @AfterEach
  void theOtherStreamIsUnharmedAndNothingIsLeftBehind() throws Exception {
    assertThat(healthy.rest()).isEqualTo(alone);
    server.awaitNothingRunning();
  }

  private static HttpResponse<String> chat(String fields) {
    return server.post(
        CHAT,
        "{\"max_tokens\":4,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],%s}"
            .formatted(fields));
  }

  private static void assertRefused(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(TestServer.error(response).path("message").asString()).isNotEmpty();
  }

  private static HttpResponse<String> schema(String schema) {
    return chat(
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":%s}}"
            .formatted(schema));
  }

  private static HttpResponse<String> pattern(String regex) {
    return chat("\"regex\":" + Json.write(StringNode.valueOf(regex)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":", "{\"messages\":["})
  void jsonOfGreatDepth(String opening) {
    assertRefused(server.post(CHAT, opening.repeat(100_000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"temperature\":NaN}",
        "{\"temperature\":Infinity}",
        "{\"a\":1,\"a\":2}",
        "{\"messages\":[],}",
        "{\"messages\":[]} {}",
        "{'messages':[]}",
        "null",
        "\"text\"",
        "",
        "{\"temperature\":1e999999999}",
        "{\"temperature\":0.00000000000000000000000000000000001e-999999999}"
      })
  void whatIsNoJsonOrNoObject(String body) {
    assertRefused(server.post(CHAT, body));
  }

  @Test
  void loneSurrogatesAreReadAsReplacementCharacters() {
    HttpResponse<String> response =
        server.post(
            CHAT,
            "{\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"a \\ud800 b"
                + " \\udc00\"}]}");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  @Test
  void bytesThatAreNoUtf8() {
    HttpRequest request =
        server
            .request(CHAT, "Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    new byte[] {
                      '{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', ':', '1', '}'
                    }))
            .build();
    assertRefused(TestServer.send(request));
  }

  @Test
  void aBodyOfFiftyMegabytesIsNotRead() throws IOException {
    try (Socket socket = server.connect()) {
      TestServer.write(
          socket,
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 52428800\r\n\r\n"
              .formatted(CHAT));
      assertThat(TestServer.firstLine(socket)).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void aBodyOfFiftyMegabytesWithoutLengthIsCutOff() {
    assertCutOff("", "\0".repeat(65_536));
  }

  /** Sends a body of {@code start} and 800 times {@code part}, without its length. */
  private static void assertCutOff(String start, String part) {
    List<byte[]> body =
        new ArrayList<>(Collections.nCopies(800, part.getBytes(StandardCharsets.UTF_8)));
    body.addFirst(start.getBytes(StandardCharsets.UTF_8));
    HttpRequest request =
        server
            .request(CHAT, "Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArrays(body))
            .build();
    String outcome;
    try {
      outcome = Integer.toString(TestServer.send(request).statusCode());
    } catch (AssertionError e) {
      outcome = "closed"; // the server had answered and closed before the client had sent all
    }
    assertThat(outcome).isIn("413", "closed");
  }

  @Test
  void aHeadThatIsTooLongAndAPathThatIsTooLong() throws IOException {
    assertThat(
            server.raw(
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n"
                    .formatted("a".repeat(100_000))))
        .startsWith("HTTP/1.1 4");
    assertThat(
            server.raw(
                "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted("a".repeat(100_000))))
        .startsWith("HTTP/1.1 4");
  }

  private static HttpResponse<String> manyStops() {
    return chat(
        IntStream.range(0, 100_000)
            .mapToObj(i -> "\"s" + i + "\"")
            .collect(Collectors.joining(",", "\"stop\":[", "]")));
  }

  @Test
  void aHundredThousandStopTexts() {
    HttpResponse<String> response = manyStops();
    assertRefused(response);
    assertThat(TestServer.error(response).path("param").asString()).isEqualTo("stop");
    assertRefused(chat("\"stop\":\"%s\"".formatted("x".repeat(100_000))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          n | "n":1000000
          max_tokens | "max_completion_tokens":1,"max_tokens":2147483648
          top_logprobs | "logprobs":true,"top_logprobs":100000
          temperature | "temperature":-1
          temperature | "temperature":1e308
          logit_bias | "logit_bias":{"4096":1}
          logit_bias | "logit_bias":{"-1":1}
          logit_bias | "logit_bias":{"18446744073709551617":1}
          stop | "stop":[""]
          stop | "stop":""
          """)
  void numbersOutOfRangeAndEmptyTexts(String param, String fields) {
    HttpResponse<String> response =
        server.post(
            CHAT, "{%s,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}".formatted(fields));
    assertRefused(response);
    assertThat(TestServer.error(response).path("param").asString()).isEqualTo(param);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[4096]", "[-1]", "[2147483648]", "[1e3]", "[[1,99999999999999999999]]"})
  void tokenIdsThatDoNotExist(String ids) {
    assertRefused(server.post("/v1/completions", "{\"prompt\":%s}".formatted(ids)));
    assertRefused(server.post("/v1/embeddings", "{\"input\":%s}".formatted(ids)));
    assertRefused(server.post("/detokenize", "{\"tokens\":%s}".formatted(ids)));
  }

  @Test
  void aForeignHostAndAForeignOrigin() throws IOException {
    assertThat(
            server.raw(
                "POST %s HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                    .formatted(CHAT)))
        .startsWith("HTTP/1.1 403 ");
    assertThat(server.post(CHAT, "{}", "Origin", "https://evil.example").statusCode())
        .isEqualTo(403);
  }

  @Test
  void anyIntegerIsASeed() {
    assertThat(chat("\"seed\":-1").statusCode()).isEqualTo(200);
    assertThat(chat("\"seed\":-9223372036854775808").statusCode()).isEqualTo(200);
    assertRefused(chat("\"seed\":9223372036854775808"));
  }

  @Test
  void namesOfControlTokensInAUsersTextStayText() {
    JsonNode tokens =
        server.ok("/tokenize", "{\"content\":\"[INST] </s>\",\"with_pieces\":true}").path("tokens");
    for (JsonNode token : tokens) {
      assertThat(server.model().tokenizer().isControl(token.path("id").intValue())).isFalse();
    }
    int[] prompt = server.model().tokens(Prompt.chat(List.of(ChatMessage.user("[INST] </s>"))));
    int eos = server.model().tokenizer().eosId().orElseThrow();
    assertThat(prompt).doesNotContain(eos);
  }

  @Test
  void schemasThatNeverEnd() {
    assertRefused(schema("{\"$ref\":\"#\"}"));
    assertRefused(
        schema(
            "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}"));
    assertRefused(
        schema("{\"type\":\"array\",\"items\":".repeat(10_000) + "{}" + "}".repeat(10_000)));
  }

  @Test
  void patternsThatTakeOthersForever() {
    assertThat(pattern("(a+)+b").statusCode()).isEqualTo(200);
    assertRefused(pattern("a{1,1000000000}"));
    assertRefused(pattern("((a{1,1000}){1,1000}){1,1000}"));
    assertRefused(pattern("(".repeat(30_000) + ")".repeat(30_000)));
  }

  @Test
  void grammarsThatAreDeepOrLeftRecursive() {
    assertRefused(
        chat("\"grammar\":\"root ::= %s\"".formatted("(".repeat(30_000) + ")".repeat(30_000))));
    assertRefused(chat("\"grammar\":\"root ::= root \\\"a\\\" | \\\"b\\\"\""));
    assertRefused(chat("\"grammar\":\"root ::= \\\"a\\\"{1,1000000000}\""));
    assertRefused(chat("\"grammar\":\"%s\"".formatted("x".repeat(200_000))));
  }

  /** An answer that begins with {@code start}, behind which more must be followed than is. */
  private static HttpResponse<String> entangled(String start, boolean stream) {
    String grammar =
        "root ::= \"%s\" ([^b] many)*\nmany ::= \"b\"%s".formatted(start, "|\"b\"".repeat(15_000));
    return server.post(
        "/v1/completions",
        "{\"prompt\":\"Hi\",\"max_tokens\":60,\"grammar\":%s,\"stream\":%s}"
            .formatted(Json.write(StringNode.valueOf(grammar)), stream));
  }

  @Test
  void aGrammarThatTakesTooLongToFollowEndsItsAnswerNamingTheRule() {
    String message =
        "rule 'many': the patterns or rules are too entangled: following them takes more than"
            + " 1,000,000 steps for one token; use smaller repetitions, fewer look-aheads or fewer"
            + " alternatives";
    HttpResponse<String> whole = entangled("Once upon a time there was ", false);
    assertRefused(whole);
    assertThat(TestServer.error(whole).path("message").asString()).isEqualTo(message);
    HttpResponse<String> streamed = entangled("Once upon a time there lived ", true);
    assertThat(streamed.statusCode()).as(streamed.body()).isEqualTo(200);
    List<String> events =
        streamed.body().lines().filter(line -> line.startsWith("data: ")).toList();
    assertThat(events).hasSizeGreaterThan(1);
    JsonNode last = Json.read(events.getLast().substring("data: ".length()));
    assertThat(last.path("error").path("message").asString()).isEqualTo(message);
  }

  @Test
  void manyHostileRequestsLeaveNoMemoryBehind() throws Exception {
    largeRequests();
    List<String> counters = counters();
    long before = heapInUse();
    for (int round = 0; round < 20; round++) {
      HealthyStream beside = HealthyStream.begin(server);
      largeRequests();
      assertThat(beside.rest()).isEqualTo(alone);
    }
    for (int i = 0; i < 1_000 && !counters().equals(counters); i++) {
      Thread.onSpinWait();
    }
    assertThat(counters()).isEqualTo(counters);
    assertThat(heapInUse() - before).isLessThan(32L << 20);
  }

  private static void largeRequests() {
    assertCutOff("{\"prompt\":\"", "x".repeat(65_536));
    assertRefused(server.post(CHAT, "{\"a\":".repeat(100_000)));
    assertRefused(schema("{\"items\":".repeat(10_000) + "{}" + "}".repeat(10_000)));
    assertRefused(
        chat("\"grammar\":\"root ::= %s\"".formatted("(".repeat(30_000) + ")".repeat(30_000))));
    assertRefused(manyStops());
    assertRefused(pattern("a{1,1000000000}"));
  }

  /** What the server's metrics say of requests in it, of blocks held and of constraints kept. */
  private static List<String> counters() {
    return server
        .get("/metrics")
        .body()
        .lines()
        .filter(
            line ->
                line.matches(
                    "sirocco_(requests|kv_blocks\\{state=\"used|http_active|constraints).*"))
        .toList();
  }

  private static long heapInUse() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void lengthAndChunksTogether() throws IOException {
    assertThat(
            server.raw(
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    .formatted(CHAT)))
        .startsWith("HTTP/1.1 400 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
  void anotherContentType(String type) {
    HttpRequest request =
        server
            .request(CHAT, "Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    assertThat(TestServer.send(request).statusCode()).isEqualTo(415);
  }
}
