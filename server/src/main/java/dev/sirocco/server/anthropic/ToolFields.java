package dev.sirocco.server.anthropic;

import dev.sirocco.engine.tools.ToolChoice;
import dev.sirocco.server.http.ApiException;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.JsonFields;
import dev.sirocco.tokenizer.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tools as Anthropic's API writes them.
 *
 * @param tools the tools that may be called
 * @param choice whether they must be
 * @param parallel whether there may be several calls
 */
record ToolFields(List<ToolDefinition> tools, ToolChoice choice, boolean parallel) {

  private static final int MOST_TOOLS = 512;

  /**
   * The tools of a request.
   *
   * @throws ApiException 400 that names what is wrong
   */
  static ToolFields read(JsonFields body) {
    List<ToolDefinition> tools = new ArrayList<>();
    for (JsonFields tool : body.objects("tools", MOST_TOOLS)) {
      tools.add(tool(tool));
    }
    Optional<JsonFields> choice = body.object("tool_choice");
    boolean parallel = choice.isEmpty() || !choice.get().flag("disable_parallel_tool_use", false);
    return new ToolFields(tools, choice.map(ToolFields::choice).orElse(ToolChoice.AUTO), parallel);
  }

  private static ToolDefinition tool(JsonFields tool) {
    String name = tool.requiredText("name");
    if (name.isEmpty()) {
      throw JsonFields.wrong(tool.at("name"), tool.any("name").orElseThrow(), "the name of a tool");
    }
    JsonFields schema =
        tool.object("input_schema")
            .orElseThrow(
                () ->
                    tool.missing(
                        "input_schema", "a JSON Schema; the server has no tools of its own"));
    return new ToolDefinition(name, tool.text("description").orElse(""), Json.write(schema.node()));
  }

  private static ToolChoice choice(JsonFields choice) {
    String type =
        choice
            .oneOf("type", "auto", "any", "tool", "none")
            .orElseThrow(() -> choice.missing("type", "auto, any, tool or none"));
    return type.equals("tool")
        ? ToolChoice.named(choice.requiredText("name"))
        : ToolChoice.ofWord(type).orElseThrow();
  }
}
