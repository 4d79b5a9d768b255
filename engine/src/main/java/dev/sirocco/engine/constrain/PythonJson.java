package dev.sirocco.engine.constrain;

import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Writes JSON as Python's {@code json.dumps} does: blanks behind commas and colons. */
final class PythonJson {

  private PythonJson() {}

  static String write(JsonNode node) {
    StringBuilder out = new StringBuilder();
    write(node, out);
    return out.toString();
  }

  private static void write(JsonNode node, StringBuilder out) {
    if (node.isObject()) {
      String separator = "{";
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        out.append(separator);
        writeString(entry.getKey(), out);
        out.append(": ");
        write(entry.getValue(), out);
        separator = ", ";
      }
      out.append(node.isEmpty() ? "{}" : "}");
    } else if (node.isArray()) {
      String separator = "[";
      for (JsonNode item : node) {
        out.append(separator);
        write(item, out);
        separator = ", ";
      }
      out.append(node.isEmpty() ? "[]" : "]");
    } else if (node.isString()) {
      writeString(node.stringValue(), out);
    } else {
      out.append(node.isNumber() ? node.decimalValue().toString() : node.toString());
    }
  }

  private static void writeString(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
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
}
