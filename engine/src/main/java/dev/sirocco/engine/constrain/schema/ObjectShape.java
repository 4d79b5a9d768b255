package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A set of objects, described without alternatives: all parts hold at once.
 *
 * @param layers what values may be, one layer for each schema that was combined
 * @param required names that must occur
 * @param minProperties fewest properties
 * @param maxProperties most properties, {@link #UNBOUNDED} for any number
 * @param dependencies names that must occur if another does
 * @param names every name is in this language
 * @param exists properties of which at least one must occur
 */
public record ObjectShape(
    List<Layer> layers,
    Set<String> required,
    int minProperties,
    int maxProperties,
    Map<String, Set<String>> dependencies,
    Regex names,
    List<Exists> exists) {

  public static final int UNBOUNDED = Integer.MAX_VALUE;

  /** All objects. */
  static final ObjectShape ANY =
      new ObjectShape(List.of(), Set.of(), 0, UNBOUNDED, Map.of(), RegexPool.ANY, List.of());

  /**
   * At least one property has a name in {@code names} and a value that satisfies {@code term}.
   *
   * @param names a language
   * @param term what the value satisfies
   */
  public record Exists(Regex names, Term term) {}

  public ObjectShape {
    layers = List.copyOf(layers);
    required = Set.copyOf(required);
    dependencies = Map.copyOf(dependencies);
    exists = List.copyOf(exists);
  }

  static ObjectShape of(Layer layer) {
    return new ObjectShape(
        List.of(layer), Set.of(), 0, UNBOUNDED, Map.of(), RegexPool.ANY, List.of());
  }

  ObjectShape withRequired(Set<String> value) {
    return new ObjectShape(
        layers, value, minProperties, maxProperties, dependencies, names, exists);
  }

  static ObjectShape count(int min, int max) {
    return new ObjectShape(List.of(), Set.of(), min, max, Map.of(), RegexPool.ANY, List.of());
  }

  static ObjectShape dependency(String name, Set<String> required) {
    return new ObjectShape(
        List.of(), Set.of(), 0, UNBOUNDED, Map.of(name, required), RegexPool.ANY, List.of());
  }

  static ObjectShape names(Regex names) {
    return new ObjectShape(List.of(), Set.of(), 0, UNBOUNDED, Map.of(), names, List.of());
  }

  static ObjectShape exists(Regex names, Term term) {
    return new ObjectShape(
        List.of(),
        Set.of(),
        0,
        UNBOUNDED,
        Map.of(),
        RegexPool.ANY,
        List.of(new Exists(names, term)));
  }
}
