package dev.sirocco.tokenizer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Finds out from a chat template how the model writes tool calls: such as it writes those of
 * earlier turns.
 */
final class TemplateTools {

  private static final String OPEN = "<tool_call>";
  private static final String CLOSE = "</tool_call>";
  private static final String CONTROL = "[TOOL_CALLS]";
  private static final String LATER_CONTROL = "[ARGS]";

  private TemplateTools() {}

  /** The form of calls, if the template knows tools and the form is one of those known here. */
  static Optional<ToolCallSyntax> syntax(String template, Tokenizer tokenizer) {
    if (!template.contains("tools")) {
      return Optional.empty();
    }
    if (template.contains(OPEN) && template.contains(CLOSE)) {
      return Optional.of(marks(tokenizer));
    }
    OptionalInt control = tokenizer.controlId(CONTROL);
    boolean array = template.contains(CONTROL) && !template.contains(LATER_CONTROL);
    return array && control.isPresent()
        ? Optional.of(new ToolCallSyntax.ControlToken(control.getAsInt()))
        : Optional.empty();
  }

  private static ToolCallSyntax marks(Tokenizer tokenizer) {
    Map<Integer, String> controls = new LinkedHashMap<>();
    for (String mark : List.of(OPEN, CLOSE)) {
      OptionalInt id = tokenizer.controlId(mark);
      if (id.isPresent()) {
        controls.put(id.getAsInt(), mark);
      }
    }
    return new ToolCallSyntax.Marks(OPEN, CLOSE, opening(tokenizer), controls);
  }

  /** As the mark stands at the start of a line: without the space that texts begin with. */
  private static List<Integer> opening(Tokenizer tokenizer) {
    List<Integer> before = ids(tokenizer, "\n");
    List<Integer> all = ids(tokenizer, "\n" + OPEN + "\n");
    boolean apart = all.size() > before.size() && all.subList(0, before.size()).equals(before);
    return apart ? all.subList(before.size(), all.size()) : ids(tokenizer, OPEN + "\n");
  }

  private static List<Integer> ids(Tokenizer tokenizer, String text) {
    return IntStream.of(tokenizer.encode(text, false, true)).boxed().toList();
  }
}
