package dev.sirocco.tokenizer;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON in and out. What goes out looks as Python's {@code json.dumps(…, ensure_ascii=False)} writes
 * it, with a space after each comma and colon: the tools in prompts that models were trained on
 * were written so.
 */
final class Json {

  private static final int BRIEF = 60;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private static final JsonMapper LENIENT =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private Json() {}

  /**
   * Reads a JSON text; nesting has a limit, so that no depth exhausts the stack.
   *
   * @throws IllegalArgumentException if it is no JSON; names {@code what} and the place
   */
  static JsonNode parse(String text, String what) {
    JsonNode node;
    try {
      node = MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(what + " is no valid JSON: " + reason(e), e);
    }
    if (node == null || node.isMissingNode()) {
      throw new IllegalArgumentException(what + " is no valid JSON: it is empty");
    }
    return node;
  }

  /** The JSON in a text, or empty if it is none; of equal keys the last counts. */
  static Optional<JsonNode> parseLeniently(String text) {
    try {
      JsonNode node = LENIENT.readTree(text);
      return node.isMissingNode() ? Optional.empty() : Optional.of(node);
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** Tool definitions as an array in the form of OpenAI's API. */
  static JsonNode toolArray(List<ToolDefinition> tools) {
    ArrayNode array = MAPPER.createArrayNode();
    for (ToolDefinition tool : tools) {
      ObjectNode function = MAPPER.createObjectNode();
      function.put("name", tool.name());
      function.put("description", tool.description());
      function.set("parameters", parse(tool.parameters(), "the parameters of " + tool.name()));
      ObjectNode entry = array.addObject();
      entry.put("type", "function");
      entry.set("function", function);
    }
    return array;
  }

  /** A parser that reads JSON as a stream. */
  static JsonParser parser(byte[] json) {
    return MAPPER.createParser(json);
  }

  /** What is wrong and where, in one line. */
  static String reason(JacksonException e) {
    String message = e.getOriginalMessage().replaceAll("(?s) \\(start marker at .*\\)", "");
    TokenStreamLocation at = e.getLocation();
    return at == null
        ? message
        : "%s (line %d, column %d)".formatted(message, at.getLineNr(), at.getColumnNr());
  }

  /** A node as it appears in an error message: short. */
  static String brief(JsonNode node) {
    if (node.isMissingNode()) {
      return "nothing";
    }
    String text = write(node);
    return text.length() <= BRIEF ? text : text.substring(0, BRIEF) + "…";
  }

  /** A node as Python writes it. */
  static String write(JsonNode node) {
    StringBuilder out = new StringBuilder();
    write(node, out);
    return out.toString();
  }

  private static void write(JsonNode node, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> writeObject(node, out);
      case ARRAY -> {
        String separator = "";
        out.append('[');
        for (JsonNode element : node) {
          out.append(separator);
          write(element, out);
          separator = ", ";
        }
        out.append(']');
      }
      case STRING -> quote(node.stringValue(), out);
      case NUMBER -> out.append(number(node));
      default -> out.append(node.toString());
    }
  }

  private static void writeObject(JsonNode node, StringBuilder out) {
    String separator = "";
    out.append('{');
    for (Map.Entry<String, JsonNode> property : node.properties()) {
      out.append(separator);
      quote(property.getKey(), out);
      out.append(": ");
      write(property.getValue(), out);
      separator = ", ";
    }
    out.append('}');
  }

  /** A text in quotes, escaped as Python does: only what must be. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2);
    quote(text, out);
    return out.toString();
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ') {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static String number(JsonNode node) {
    return node.isFloatingPointNumber() ? pythonFloat(node.doubleValue()) : node.asString();
  }

  /** A float as Python's {@code repr}: 22.0, 1e-07, 1e+16. */
  static String pythonFloat(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    double magnitude = Math.abs(value);
    if (value == 0 || (magnitude >= 1e-4 && magnitude < 1e16)) {
      String plain = new BigDecimal(Double.toString(value)).toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    String[] parts = Double.toString(value).split("E", 2);
    int exponent = Integer.parseInt(parts[1]);
    String digits =
        parts[0].endsWith(".0") ? parts[0].substring(0, parts[0].length() - 2) : parts[0];
    return "%se%s%02d".formatted(digits, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }
}
