package dev.sirocco.tokenizer.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes values as JSON, as Python's {@code json.dumps} does.
 *
 * @param indent spaces per level; negative for one line
 */
record JsonText(int indent, boolean onlyAscii, boolean sortsKeys, String comma, String colon) {

  private static final int DEEPEST = 500;

  String write(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(value, 0, out);
    return out.toString();
  }

  private void write(@Nullable Object value, int level, StringBuilder out) {
    if (level > DEEPEST) {
      throw new TemplateException("tojson: a value nested more than %d deep".formatted(DEEPEST));
    }
    switch (value) {
      case null -> out.append("null");
      case Boolean bool -> out.append(bool);
      case Double number -> out.append(Values.floatText(number));
      case Number number -> out.append(number);
      case String text -> quote(text, out);
      case List<?> list -> {
        out.append('[');
        String separator = "";
        for (Object item : list) {
          out.append(separator);
          newLine(level + 1, out);
          write(item, level + 1, out);
          separator = comma;
        }
        close(']', list.isEmpty(), level, out);
      }
      case Map<?, ?> map -> writeMap(map, level, out);
      case Undefined undefined -> throw undefined.used();
      default -> throw new TemplateException("tojson: " + Values.repr(value) + " is no JSON");
    }
    Values.requireSize(out.length());
  }

  private void writeMap(Map<?, ?> map, int level, StringBuilder out) {
    Map<String, @Nullable Object> entries = sortsKeys ? new TreeMap<>() : new LinkedHashMap<>();
    map.forEach((key, item) -> entries.put(keyText(key), item));
    out.append('{');
    String separator = "";
    for (Map.Entry<String, @Nullable Object> entry : entries.entrySet()) {
      out.append(separator);
      newLine(level + 1, out);
      quote(entry.getKey(), out);
      out.append(colon);
      write(entry.getValue(), level + 1, out);
      separator = comma;
    }
    close('}', map.isEmpty(), level, out);
  }

  /** Python writes the keys none and true as JSON does, and others as their texts. */
  private static String keyText(@Nullable Object key) {
    return switch (key) {
      case null -> "null";
      case Boolean bool -> bool.toString();
      default -> Values.text(key);
    };
  }

  private void newLine(int level, StringBuilder out) {
    if (indent >= 0) {
      out.append('\n').repeat(' ', indent * level);
    }
  }

  private void close(char bracket, boolean empty, int level, StringBuilder out) {
    if (!empty) {
      newLine(level, out);
    }
    out.append(bracket);
  }

  private void quote(String text, StringBuilder out) {
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
          if (c < ' ' || (onlyAscii && c > '~')) {
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
