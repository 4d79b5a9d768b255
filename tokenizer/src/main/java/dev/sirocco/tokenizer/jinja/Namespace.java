package dev.sirocco.tokenizer.jinja;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An object whose attributes a template can set, also from within a loop. */
record Namespace(Map<String, @Nullable Object> attributes) {}
