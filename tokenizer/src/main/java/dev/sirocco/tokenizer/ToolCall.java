package dev.sirocco.tokenizer;

import java.util.Objects;

/**
 * A call of a tool that a model asked for.
 *
 * @param id names the call, so that its result can refer to it; may be empty
 * @param name the tool's name
 * @param arguments the arguments as JSON text, as in OpenAI's API; what is no JSON is passed on as
 *     it is
 */
public record ToolCall(String id, String name, String arguments) {

  public ToolCall {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(arguments, "arguments");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tool call needs the name of a tool, found none");
    }
  }
}
