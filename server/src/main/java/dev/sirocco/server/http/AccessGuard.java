package dev.sirocco.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides who may ask: by host name (against DNS rebinding), by the page that asks (against foreign
 * ones), and by key.
 */
public final class AccessGuard {

  private static final HeaderName API_KEY = HeaderNames.create("x-api-key");
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[[0-9A-Fa-f:.]+]");
  private static final Pattern HEADER_LIST = Pattern.compile("[A-Za-z0-9_, -]{1,4000}");
  private static final String PREFLIGHT_SECONDS = "600";

  private final ServerOptions options;
  private final Set<String> openPaths;

  /**
   * A guard.
   *
   * @param openPaths paths that need no key
   */
  public AccessGuard(ServerOptions options, Set<String> openPaths) {
    this.options = options;
    this.openPaths = Set.copyOf(openPaths);
  }

  /**
   * Lets a request through or not.
   *
   * @return whether the request has been answered: it was a browser's question whether a page may
   *     ask
   * @throws ApiException 401 or 403
   */
  public boolean answers(ServerRequest request, ServerResponse response) {
    requireHost(request.authority());
    boolean crossOrigin = allowOrigin(request, response);
    if (crossOrigin
        && request.prologue().method().text().equals("OPTIONS")
        && request.headers().contains(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD)) {
      preflight(request, response);
      return true;
    }
    requireKey(request, response);
    return false;
  }

  private void requireHost(String authority) {
    String host = hostOf(authority);
    boolean known =
        ADDRESS.matcher(host).matches()
            || host.equals("localhost")
            || host.endsWith(".localhost")
            || host.equalsIgnoreCase(options.host())
            || options.allowedHosts().contains(host);
    if (!known) {
      throw ApiException.forbidden(
          "the server is not known as '%s'; ask it as localhost or by its address, or start it with --allowed-host"
              .formatted(host));
    }
  }

  private static String hostOf(String authority) {
    int colon = authority.lastIndexOf(':');
    boolean port = colon > authority.lastIndexOf(']');
    return (port ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
  }

  /** Whether a page of another origin asks, and may. */
  private boolean allowOrigin(ServerRequest request, ServerResponse response) {
    Optional<String> origin = request.headers().first(HeaderNames.ORIGIN);
    if (origin.isEmpty() || isSameOrigin(origin.get(), request.authority())) {
      return false;
    }
    if (!options.corsOrigins().contains("*") && !options.corsOrigins().contains(origin.get())) {
      throw ApiException.forbidden(
          "pages of '%s' may not ask this server; start it with --cors-origin if they should"
              .formatted(origin.get()));
    }
    response.header(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin.get());
    response.header(HeaderNames.VARY, "Origin");
    response.header("Access-Control-Expose-Headers", "x-request-id, Retry-After");
    return true;
  }

  private static boolean isSameOrigin(String origin, String authority) {
    try {
      return authority.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A page that may ask may send what headers it likes, as OpenAI's client does. */
  private static void preflight(ServerRequest request, ServerResponse response) {
    response.header("Access-Control-Allow-Methods", "GET, POST, HEAD");
    request
        .headers()
        .first(HeaderNames.ACCESS_CONTROL_REQUEST_HEADERS)
        .filter(names -> HEADER_LIST.matcher(names).matches())
        .ifPresent(names -> response.header("Access-Control-Allow-Headers", names));
    response.header("Access-Control-Max-Age", PREFLIGHT_SECONDS);
    response.status(204).send();
  }

  private void requireKey(ServerRequest request, ServerResponse response) {
    if (!options.apiKeys().required() || openPaths.contains(request.path().path())) {
      return;
    }
    Optional<String> key = key(request.headers());
    if (key.isEmpty() || !options.apiKeys().accepts(key.get())) {
      boolean browser =
          request.headers().first(HeaderNames.ACCEPT).orElse("").contains("text/html");
      response.header(HeaderNames.WWW_AUTHENTICATE, browser ? "Basic realm=\"Sirocco\"" : "Bearer");
      throw ApiException.unauthorized(
          key.isEmpty()
              ? "an API key is needed; send it as 'Authorization: Bearer KEY'"
              : "the API key is wrong");
    }
  }

  /**
   * The key in a request: a bearer token, {@code x-api-key}, or the password a browser asked for.
   */
  private static Optional<String> key(ServerRequestHeaders headers) {
    String authorization = headers.first(HeaderNames.AUTHORIZATION).orElse("");
    if (authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return Optional.of(authorization.substring(7).strip());
    }
    if (authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
      return password(authorization.substring(6).strip());
    }
    return headers.first(API_KEY);
  }

  private static Optional<String> password(String credentials) {
    try {
      String both = new String(Base64.getDecoder().decode(credentials), StandardCharsets.UTF_8);
      return Optional.of(both.substring(both.indexOf(':') + 1));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
