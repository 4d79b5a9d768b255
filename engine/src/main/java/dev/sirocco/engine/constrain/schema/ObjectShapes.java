package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Intersection and complement of sets of objects. */
final class ObjectShapes {

  private final RegexPool pool;
  private final Terms terms;

  ObjectShapes(RegexPool pool, Terms terms) {
    this.pool = pool;
    this.terms = terms;
  }

  /** The objects in both; nothing if this is plainly empty. */
  Optional<ObjectShape> and(ObjectShape a, ObjectShape b) {
    if (a.equals(ObjectShape.ANY) || b.equals(ObjectShape.ANY) || a.equals(b)) {
      return Optional.of(a.equals(ObjectShape.ANY) ? b : a);
    }
    ObjectShape result =
        new ObjectShape(
            union(a.layers(), b.layers()),
            Set.copyOf(union(List.copyOf(a.required()), List.copyOf(b.required()))),
            Math.max(a.minProperties(), b.minProperties()),
            Math.min(a.maxProperties(), b.maxProperties()),
            merge(a.dependencies(), b.dependencies()),
            pool.and(a.names(), b.names()),
            union(a.exists(), b.exists()));
    return isPlainlyEmpty(result) ? Optional.empty() : Optional.of(result);
  }

  private boolean isPlainlyEmpty(ObjectShape shape) {
    if (Math.max(shape.minProperties(), shape.required().size()) > shape.maxProperties()) {
      return true;
    }
    for (Layer layer : shape.layers()) {
      for (String name : shape.required()) {
        if (layer.properties().get(name) == terms.falsehood()) {
          return true;
        }
      }
    }
    return false;
  }

  private static <T> List<T> union(List<T> a, List<T> b) {
    Set<T> result = new LinkedHashSet<>(a);
    result.addAll(b);
    return List.copyOf(result);
  }

  private static Map<String, Set<String>> merge(
      Map<String, Set<String>> a, Map<String, Set<String>> b) {
    Map<String, Set<String>> result = new HashMap<>(a);
    b.forEach(
        (name, required) ->
            result.merge(
                name,
                required,
                (x, y) -> {
                  Set<String> both = new HashSet<>(x);
                  both.addAll(y);
                  return both;
                }));
    return result;
  }

  /** The objects that are not in {@code shape}: those that break one of its parts. */
  List<ObjectShape> complement(ObjectShape shape) {
    List<ObjectShape> result = new ArrayList<>();
    shape.layers().forEach(l -> breakLayer(l, result));
    for (String name : shape.required()) {
      result.add(absent(name));
    }
    if (shape.minProperties() > 0) {
      result.add(ObjectShape.count(0, shape.minProperties() - 1));
    }
    if (shape.maxProperties() < ObjectShape.UNBOUNDED) {
      result.add(ObjectShape.count(shape.maxProperties() + 1, ObjectShape.UNBOUNDED));
    }
    shape
        .dependencies()
        .forEach(
            (name, required) ->
                required.forEach(r -> result.add(absent(r).withRequired(Set.of(name)))));
    if (shape.names() != RegexPool.ANY) {
      result.add(ObjectShape.exists(pool.not(shape.names()), terms.truth()));
    }
    for (ObjectShape.Exists e : shape.exists()) {
      result.add(
          ObjectShape.of(
              new Layer(
                  Map.of(),
                  List.of(new Layer.Pattern(e.names(), terms.not(e.term()))),
                  terms.truth())));
    }
    return result;
  }

  private void breakLayer(Layer layer, List<ObjectShape> result) {
    layer
        .properties()
        .forEach(
            (name, term) -> {
              if (term != terms.truth()) {
                result.add(
                    ObjectShape.of(
                            new Layer(Map.of(name, terms.not(term)), List.of(), terms.truth()))
                        .withRequired(Set.of(name)));
              }
            });
    for (Layer.Pattern pattern : layer.patterns()) {
      if (pattern.term() != terms.truth()) {
        result.add(ObjectShape.exists(pattern.names(), terms.not(pattern.term())));
      }
    }
    if (layer.additional() != terms.truth()) {
      List<Regex> covered = new ArrayList<>();
      covered.add(pool.oneOf(layer.properties().keySet()));
      layer.patterns().forEach(p -> covered.add(p.names()));
      result.add(ObjectShape.exists(pool.not(pool.or(covered)), terms.not(layer.additional())));
    }
  }

  private ObjectShape absent(String name) {
    return ObjectShape.of(new Layer(Map.of(name, terms.falsehood()), List.of(), terms.truth()));
  }
}
