package dev.sirocco.server.web;

import dev.sirocco.server.http.Routes;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/**
 * {@code GET /}: a chat in the browser, and the files it consists of. The page may load from this
 * server only, and ask no other.
 *
 * @see <a href="https://www.w3.org/TR/CSP3/">Content Security Policy Level 3</a>
 */
public final class WebPage implements HttpService {

  private static final String FOLDER = "/web/";

  private static final List<String> FILES =
      List.of(
          "style.css",
          "icon.svg",
          "theme.js",
          "app.js",
          "api.js",
          "answer.js",
          "experts.js",
          "markdown.js",
          "settings.js",
          "tip.js");

  private static final String POLICY =
      "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none';"
          + " frame-ancestors 'none'";

  @Override
  public void routing(HttpRules rules) {
    serve(rules, "/", PageFile.of("index.html"));
    FILES.forEach(name -> serve(rules, FOLDER + name, PageFile.of(name)));
  }

  private static void serve(HttpRules rules, String path, PageFile file) {
    Routes.get(rules, path, (request, response) -> send(file, request, response));
  }

  // Browsers keep the files, and ask each time whether they are still the same.
  private static void send(PageFile file, ServerRequest request, ServerResponse response) {
    response.header(HeaderNames.ETAG, file.etag());
    response.header(HeaderNames.CACHE_CONTROL, "no-cache");
    response.header("Content-Security-Policy", POLICY);
    response.header("X-Content-Type-Options", "nosniff");
    response.header("Referrer-Policy", "no-referrer");
    response.header("Cross-Origin-Opener-Policy", "same-origin");
    if (request.headers().first(HeaderNames.IF_NONE_MATCH).filter(file::isKnownBy).isPresent()) {
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    response.header(HeaderNames.CONTENT_TYPE, file.mediaType());
    response.send(file.bytes());
  }
}
