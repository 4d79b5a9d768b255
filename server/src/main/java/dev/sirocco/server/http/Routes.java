package dev.sirocco.server.http;

import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRules;

/** Registers paths so that other methods on them are answered with 405 and {@code Allow}. */
public final class Routes {

  private Routes() {}

  /** A path that is read. */
  public static void get(HttpRules rules, String path, Handler handler) {
    rules.get(path, handler).head(path, handler).any(path, refuse("GET, HEAD"));
  }

  /** A path that takes a body. */
  public static void post(HttpRules rules, String path, Handler handler) {
    rules.post(path, handler).any(path, refuse("POST"));
  }

  private static Handler refuse(String allowed) {
    return (request, response) -> {
      response.header("Allow", allowed);
      throw ApiException.methodNotAllowed(
          request.prologue().method().text(), request.path().path(), allowed);
    };
  }
}
