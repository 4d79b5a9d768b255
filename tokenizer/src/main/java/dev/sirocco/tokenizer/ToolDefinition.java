package dev.sirocco.tokenizer;

import java.util.Objects;

/**
 * A tool that a model may call.
 *
 * @param name the tool's name
 * @param description what it does, for the model to read; may be empty
 * @param parameters its parameters as a JSON Schema object, in JSON text
 */
public record ToolDefinition(String name, String description, String parameters) {

  public ToolDefinition {
    Objects.requireNonNull(description, "description");
    Objects.requireNonNull(parameters, "parameters");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a tool definition needs a name, found none");
    }
  }
}
