package dev.sirocco.tokenizer.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template knows of the loop that it is in. */
final class Loop {

  private final List<@Nullable Object> items;
  private int index;

  Loop(List<@Nullable Object> items) {
    this.items = items;
  }

  void moveTo(int newIndex) {
    index = newIndex;
  }

  /** An attribute, or {@link Undefined}. */
  @Nullable Object attribute(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) (items.size() - index);
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("loop.previtem of the first item");
      case "nextitem" ->
          index + 1 < items.size()
              ? items.get(index + 1)
              : new Undefined("loop.nextitem of the last item");
      case "cycle" -> (Callable) (arguments, named) -> cycle(arguments);
      default -> new Undefined("loop." + name);
    };
  }

  private @Nullable Object cycle(List<@Nullable Object> choices) {
    if (choices.isEmpty()) {
      throw new TemplateException("loop.cycle() without arguments; wanted at least one");
    }
    return choices.get(index % choices.size());
  }
}
