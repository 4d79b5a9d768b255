package dev.sirocco.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.server.SiroccoServer;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the page's files are served. */
class WebPageFilesTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static SiroccoServer server;

  @BeforeAll
  static void start() {
    server = SiroccoServer.start(ServerOptions.builder().port(0).build());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @ParameterizedTest
  @CsvSource({
    "/, text/html; charset=utf-8",
    "/web/style.css, text/css; charset=utf-8",
    "/web/app.js, text/javascript; charset=utf-8",
    "/web/icon.svg, image/svg+xml"
  })
  void aFileHasItsTypeAndAStrictPolicy(String path, String type) throws Exception {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue(type);
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
        .startsWith("default-src 'self'; ")
        .contains("frame-ancestors 'none'")
        .doesNotContain("unsafe");
  }

  @Test
  void aFileThatTheBrowserHasIsNotSentAgain() throws Exception {
    String etag = get("/").headers().firstValue("ETag").orElseThrow();
    for (String known : List.of(etag, "\"other\", W/" + etag, "*")) {
      HttpResponse<String> again = get("/", "If-None-Match", known);
      assertThat(again.statusCode()).as(known).isEqualTo(304);
      assertThat(again.body()).isEmpty();
    }
    assertThat(get("/", "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
  }

  @Test
  void whatThePageNamesIsThere() throws Exception {
    Pattern name = Pattern.compile("(?:src|href)=\"(web/[^\"]+)\"|from \"\\./([^\"]+)\"");
    for (String path : List.of("/", "/web/app.js", "/web/answer.js", "/web/experts.js")) {
      Matcher names = name.matcher(get(path).body());
      assertThat(names.find()).as(path).isTrue();
      do {
        String file = names.group(1) != null ? names.group(1) : "web/" + names.group(2);
        assertThat(get("/" + file).statusCode()).as(file).isEqualTo(200);
      } while (names.find());
    }
    assertThat(get("/web/none.js").statusCode()).isEqualTo(404);
    assertThat(get("/web/../WebPage.class").statusCode()).isEqualTo(404);
  }
}
