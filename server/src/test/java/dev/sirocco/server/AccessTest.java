package dev.sirocco.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.ServingOptions;
import dev.sirocco.server.http.ApiKeys;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Who may ask: keys, host names, foreign pages; and what the log tells. */
class AccessTest {

  private static final String KEY = "correct-horse-battery";
  private static final String[] WITH_KEY = {"Authorization", "Bearer " + KEY};

  private static TestServer server;

  @BeforeAll
  static void start() {
    server =
        TestServer.start(
            ServingOptions.defaults(),
            ServerOptions.builder()
                .apiKeys(ApiKeys.of(List.of("another-key-1", KEY)))
                .corsOrigins(List.of("https://friend.example"))
                .allowedHosts(List.of("models.example")));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void everythingButHealthNeedsTheKey() {
    assertThat(server.get("/health").statusCode()).isEqualTo(200);
    for (String path : List.of("/v1/models", "/metrics", "/openapi.json", "/nowhere")) {
      HttpResponse<String> without = server.get(path);
      assertThat(without.statusCode()).as(path).isEqualTo(401);
      assertThat(without.headers().firstValue("www-authenticate")).hasValue("Bearer");
      assertThat(TestServer.error(without).path("code").asString()).isEqualTo("invalid_api_key");
    }
    assertThat(server.get("/v1/models", WITH_KEY).statusCode()).isEqualTo(200);
    assertThat(server.get("/v1/models", "x-api-key", KEY).statusCode()).isEqualTo(200);
    assertThat(server.post("/v1/completions", "{\"prompt\":\"a\"}").statusCode()).isEqualTo(401);
  }

  @Test
  void aBrowserIsAskedForTheKeyAsAPassword() {
    HttpResponse<String> page = server.get("/", "Accept", "text/html");
    assertThat(page.headers().firstValue("www-authenticate").orElse("")).startsWith("Basic");
    String credentials =
        Base64.getEncoder().encodeToString(("me:" + KEY).getBytes(StandardCharsets.UTF_8));
    assertThat(server.get("/v1/models", "Authorization", "Basic " + credentials).statusCode())
        .isEqualTo(200);
    assertThat(server.get("/v1/models", "Authorization", "Basic ***").statusCode()).isEqualTo(401);
  }

  @Test
  void aThousandWrongKeysAreRefusedAndNoneIsLogged() {
    for (int i = 0; i < 1000; i++) {
      assertThat(server.get("/v1/models", "Authorization", "Bearer wrong-key-" + i).statusCode())
          .isEqualTo(401);
    }
    assertThat(server.get("/v1/models", WITH_KEY).statusCode()).isEqualTo(200);
    assertThat(server.log()).noneMatch(line -> line.contains("wrong-key") || line.contains(KEY));
  }

  @Test
  void theLogTellsEachRequestWithItsIdAndNothingOfWhatWasAsked() {
    HttpResponse<String> named =
        server.get("/v1/models", "x-request-id", "abc-123", WITH_KEY[0], WITH_KEY[1]);
    assertThat(named.headers().firstValue("x-request-id")).hasValue("abc-123");
    HttpResponse<String> secret =
        server.post(
            "/v1/completions",
            "{\"prompt\":\"my secret wish\",\"max_tokens\":1}",
            WITH_KEY[0],
            WITH_KEY[1]);
    assertThat(secret.headers().firstValue("x-request-id").orElse("")).hasSize(36);
    JsonNode line =
        server.log().stream()
            .map(Json::read)
            .filter(l -> l.path("request_id").asString().equals("abc-123"))
            .findFirst()
            .orElseThrow();
    assertThat(line.path("method").asString()).isEqualTo("GET");
    assertThat(line.path("path").asString()).isEqualTo("/v1/models");
    assertThat(line.path("status").intValue()).isEqualTo(200);
    assertThat(server.log()).noneMatch(l -> l.contains("secret wish"));
  }

  @Test
  void anIdThatCouldForgeTheLogIsReplaced() {
    HttpResponse<String> response = server.get("/health", "x-request-id", "a\"b {}");
    assertThat(response.headers().firstValue("x-request-id").orElse("")).hasSize(36);
  }

  @Test
  void aForeignHostNameIsRefused() throws IOException {
    for (String host : List.of("evil.example", "localhost.evil.example", "evil.example:8080")) {
      assertThat(health(host)).as(host).startsWith("HTTP/1.1 403 ");
    }
    for (String host :
        List.of("localhost", "localhost:1", "127.0.0.1", "[::1]:8080", "models.example")) {
      assertThat(health(host)).as(host).startsWith("HTTP/1.1 200 ");
    }
    assertThat(server.raw("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ");
  }

  private static String health(String host) throws IOException {
    return server.raw(
        "GET /health HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(host));
  }

  @Test
  void pagesOfOtherOriginsMayNotAskUnlessTheyAreNamed() {
    HttpResponse<String> foreign = server.get("/health", "Origin", "https://evil.example");
    assertThat(foreign.statusCode()).isEqualTo(403);
    assertThat(foreign.headers().firstValue("access-control-allow-origin")).isEmpty();
    assertThat(server.get("/health", "Origin", "null").statusCode()).isEqualTo(403);
    assertThat(server.get("/health", "Origin", server.url()).statusCode()).isEqualTo(200);
    HttpResponse<String> friend = server.get("/health", "Origin", "https://friend.example");
    assertThat(friend.statusCode()).isEqualTo(200);
    assertThat(friend.headers().firstValue("access-control-allow-origin"))
        .hasValue("https://friend.example");
  }

  @Test
  void aBrowserMayAskBeforehandWithoutKey() {
    HttpRequest preflight =
        server
            .request(
                "/v1/chat/completions",
                "Origin",
                "https://friend.example",
                "Access-Control-Request-Method",
                "POST",
                "Access-Control-Request-Headers",
                "authorization,x-stainless-os")
            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> answer = TestServer.send(preflight);
    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(answer.headers().firstValue("access-control-allow-headers").orElse(""))
        .isEqualTo("authorization,x-stainless-os");
  }

  @Test
  void keysComeFromAFileAndAreNeverPrinted(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(folder.resolve("keys"), "# ours\n\nfirst-key-123\n second-key \n");
    ApiKeys keys = ApiKeys.read(file);
    assertThat(keys.accepts("first-key-123")).isTrue();
    assertThat(keys.accepts("second-key")).isTrue();
    assertThat(keys.accepts("# ours")).isFalse();
    assertThat(keys.toString()).isEqualTo("ApiKeys[2]");
    Path empty = Files.writeString(folder.resolve("empty"), "# none\n");
    Assertions.assertThatThrownBy(() -> ApiKeys.read(empty)).hasMessageContaining("holds no key");
    Assertions.assertThatThrownBy(() -> ApiKeys.of(List.of("short")))
        .hasMessageContaining("5 characters")
        .hasMessageNotContaining("short");
  }
}
