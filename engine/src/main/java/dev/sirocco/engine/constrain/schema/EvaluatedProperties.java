package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Patterns;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * The properties that a schema evaluates whatever the object, for {@code unevaluatedProperties}:
 * those of the schema itself, of what it refers to, and of {@code allOf}. Where it depends on the
 * object, the keyword is refused.
 */
final class EvaluatedProperties {

  private static final List<String> DEPENDING =
      List.of("anyOf", "oneOf", "if", "dependentSchemas", "dependencies", "$dynamicRef");

  private final RegexPool pool;
  private final Normalizer normalizer;

  EvaluatedProperties(RegexPool pool, Normalizer normalizer) {
    this.pool = pool;
    this.normalizer = normalizer;
  }

  /** A layer that admits anything for evaluated properties and {@code rest} for all others. */
  Layer layer(Keywords keywords, URI base, Term rest) {
    Term truth = normalizer.terms().truth();
    Map<String, Term> names = new HashMap<>();
    List<Layer.Pattern> patterns = new ArrayList<>();
    boolean all = collect(keywords, base, names, patterns, new HashSet<>(), true);
    return new Layer(names, patterns, all ? truth : rest);
  }

  // Returns whether every property is evaluated.
  private boolean collect(
      Keywords keywords,
      URI base,
      Map<String, Term> names,
      List<Layer.Pattern> patterns,
      Set<JsonNode> seen,
      boolean outermost) {
    if (!seen.add(keywords.json())) {
      return false;
    }
    for (String keyword : DEPENDING) {
      if (keywords.has(keyword)) {
        throw keywords.error(keyword, "is not enforced together with \"unevaluatedProperties\"");
      }
    }
    Term truth = normalizer.terms().truth();
    keywords.members("properties").keySet().forEach(n -> names.put(n, truth));
    keywords
        .members("patternProperties")
        .keySet()
        .forEach(p -> patterns.add(new Layer.Pattern(Patterns.search(pool, p), truth)));
    boolean all =
        keywords.has("additionalProperties")
            || (!outermost && keywords.has("unevaluatedProperties"));
    String reference = keywords.text("$ref");
    if (reference != null) {
      SchemaDocument.Target target =
          normalizer.document().resolveReference(reference, base, keywords.location());
      all |= inner(target.node(), target.base(), keywords, names, patterns, seen);
    }
    if (keywords.has("allOf")) {
      for (JsonNode part : keywords.array("allOf")) {
        all |= inner(part, base, keywords, names, patterns, seen);
      }
    }
    return all;
  }

  private boolean inner(
      JsonNode json,
      URI base,
      Keywords outer,
      Map<String, Term> names,
      List<Layer.Pattern> patterns,
      Set<JsonNode> seen) {
    return json.isObject()
        && collect(
            new Keywords(json, outer.location()),
            normalizer.document().base(json, base),
            names,
            patterns,
            seen,
            false);
  }
}
