package dev.sirocco.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A function that a template can call. */
@FunctionalInterface
interface Callable {
  @Nullable Object call(List<@Nullable Object> arguments, Map<String, @Nullable Object> named);
}
