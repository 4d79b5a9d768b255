package dev.sirocco.server.http;

import tools.jackson.databind.node.ObjectNode;

/** How an API writes its errors. */
@FunctionalInterface
public interface ErrorFormat {

  /** OpenAI's: {@code {"error": {"message", "type", "param", "code"}}}. */
  ErrorFormat OPENAI = ErrorFormat::openAi;

  /** The body of an error's answer. */
  ObjectNode body(ApiException error);

  private static ObjectNode openAi(ApiException error) {
    ObjectNode body = Json.object();
    ObjectNode inner = body.putObject("error");
    inner.put("message", error.text());
    inner.put("type", error.type());
    if (error.param().isPresent()) {
      inner.put("param", error.param().get());
    } else {
      inner.putNull("param");
    }
    inner.put("code", error.code());
    return body;
  }
}
