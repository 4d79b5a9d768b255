package dev.sirocco.server.ollama;

import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import tools.jackson.databind.node.ObjectNode;

/** Errors as Ollama's API writes them. */
public final class OllamaErrors {

  private OllamaErrors() {}

  /** {@code {"error": "…"}}. */
  public static ObjectNode body(ApiException error) {
    return Json.object().put("error", error.text());
  }
}
