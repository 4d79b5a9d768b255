package dev.sirocco.tokenizer.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values; what is not here is looked up outside. */
final class Scope {

  private final Map<String, @Nullable Object> values = new HashMap<>();
  private final @Nullable Scope outer;
  private final Work work;

  private Scope(@Nullable Scope outer, Work work) {
    this.outer = outer;
    this.work = work;
  }

  /** The outermost names of a rendering. */
  static Scope global() {
    return new Scope(null, new Work());
  }

  Scope(Scope outer) {
    this(outer, outer.work);
  }

  /** What the rendering has done so far. */
  Work work() {
    return work;
  }

  void set(String name, @Nullable Object value) {
    values.put(name, value);
  }

  @Nullable Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.outer) {
      if (scope.values.containsKey(name)) {
        return scope.values.get(name);
      }
    }
    return new Undefined("'" + name + "'");
  }
}
