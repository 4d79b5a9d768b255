package dev.sirocco.tokenizer;

import java.util.List;
import java.util.Map;

/**
 * How a model writes that it calls tools. In either form a call is a JSON object with the members
 * {@code name} and {@code arguments}.
 */
public sealed interface ToolCallSyntax {

  /**
   * The tokens with which an answer that calls tools begins. An answer that continues a prompt with
   * these tokens at its end can only be calls.
   */
  List<Integer> opening();

  /** Whether the calls of an answer stand in one JSON array. */
  boolean isArray();

  /**
   * A control token, then a JSON array of calls: {@code [TOOL_CALLS][{"name": "f", "arguments":
   * {}}]}, the form of Mistral's models.
   *
   * @param token id of the control token
   */
  record ControlToken(int token) implements ToolCallSyntax {

    @Override
    public List<Integer> opening() {
      return List.of(token);
    }

    @Override
    public boolean isArray() {
      return true;
    }
  }

  /**
   * Each call between two marks: <code>&lt;tool_call&gt;\n{"name": "f", "arguments": {}}\n
   * &lt;/tool_call&gt;</code>, the form of the Hermes and Qwen models.
   *
   * @param open the mark before a call
   * @param close the mark behind it
   * @param opening the tokens of the mark before a call and of the line end behind it
   * @param controls which of the marks are control tokens, that are not seen in an answer's text
   */
  record Marks(String open, String close, List<Integer> opening, Map<Integer, String> controls)
      implements ToolCallSyntax {

    public Marks {
      opening = List.copyOf(opening);
      controls = Map.copyOf(controls);
    }

    @Override
    public boolean isArray() {
      return false;
    }
  }
}
