package dev.sirocco.server.anthropic;

import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/** Errors as Anthropic's API writes them. */
public final class AnthropicErrors {

  private AnthropicErrors() {}

  /** {@code {"type": "error", "error": {"type", "message"}}}. */
  public static ObjectNode body(ApiException error) {
    ObjectNode body = Json.object().put("type", "error");
    body.putObject("error").put("type", type(error.status())).put("message", error.text());
    return body;
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 500 -> "api_error";
      case 503 -> "overloaded_error";
      default -> "invalid_request_error";
    };
  }
}
