package dev.sirocco.weights;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The key/value part of a GGUF file, typed.
 *
 * <p>Each getter is empty if the key is absent, and throws {@link ModelFormatException} (naming
 * file, key, type found and type wanted) if the value has another type. Integers of any width and
 * sign are read as {@code long}.
 */
public interface GgufMetadata {

  /** All keys, in file order. */
  Set<String> keys();

  Optional<String> string(String key);

  Optional<Long> integer(String key);

  /** A float of either width, or an integer. */
  Optional<Double> number(String key);

  Optional<Boolean> bool(String key);

  /** An array of strings; bytes that are not UTF-8 are replaced by U+FFFD. */
  Optional<List<String>> strings(String key);

  /** An array of integers of any width. */
  Optional<long[]> integers(String key);

  /** An array of floats. */
  Optional<float[]> floats(String key);

  /** The value of a key as a short readable text, long arrays cut; for {@code inspect}. */
  String describe(String key);
}
