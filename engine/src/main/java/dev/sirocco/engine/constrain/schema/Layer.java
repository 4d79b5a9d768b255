package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Regex;
import java.util.List;
import java.util.Map;

/**
 * What one schema says about the values of an object's properties.
 *
 * @param properties by name
 * @param patterns by pattern of the name; they hold besides {@code properties}
 * @param additional of all other names
 */
record Layer(Map<String, Term> properties, List<Pattern> patterns, Term additional) {

  /**
   * The values of properties whose names are in a language.
   *
   * @param names the names
   * @param term what their values satisfy
   */
  record Pattern(Regex names, Term term) {}

  Layer {
    properties = Map.copyOf(properties);
    patterns = List.copyOf(patterns);
  }
}
