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
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The keywords for objects. */
final class ObjectKeywords {

  private final RegexPool pool;
  private final Draft draft;
  private final Normalizer normalizer;
  private final EvaluatedProperties evaluated;

  ObjectKeywords(RegexPool pool, Draft draft, Normalizer normalizer) {
    this.pool = pool;
    this.draft = draft;
    this.normalizer = normalizer;
    this.evaluated = new EvaluatedProperties(pool, normalizer);
  }

  NormalForm form(Keywords keywords, URI base) {
    Forms forms = normalizer.forms();
    NormalForm form = forms.any();
    Layer layer = layer(keywords, base);
    if (layer != null) {
      form = with(form, ObjectShape.of(layer));
    }
    Set<String> required = required(keywords);
    if (!required.isEmpty()) {
      form = with(form, ObjectShape.ANY.withRequired(required));
    }
    int min = keywords.atLeast("minProperties", 0);
    int max = keywords.atMost("maxProperties");
    if (min > max) {
      form = form.withObjects(List.of());
    } else if (min > 0 || max < ObjectShape.UNBOUNDED) {
      form = with(form, ObjectShape.count(min, max));
    }
    JsonNode names = keywords.get("propertyNames");
    if (names != null) {
      NormalForm nameForm =
          normalizer.nested(normalizer.child(names, keywords.location() + "/propertyNames", base));
      form = with(form, ObjectShape.names(nameForm.strings()));
    }
    form = dependencies(keywords, base, form);
    JsonNode unevaluated = keywords.get("unevaluatedProperties");
    if (unevaluated != null) {
      Term rest =
          normalizer.child(unevaluated, keywords.location() + "/unevaluatedProperties", base);
      form = with(form, ObjectShape.of(evaluated.layer(keywords, base, rest)));
    }
    return form;
  }

  private NormalForm with(NormalForm form, ObjectShape shape) {
    Forms forms = normalizer.forms();
    return forms.and(form, forms.any().withObjects(List.of(shape)));
  }

  private @Nullable Layer layer(Keywords keywords, URI base) {
    JsonNode additional = keywords.get("additionalProperties");
    Map<String, JsonNode> properties = keywords.members("properties");
    Map<String, JsonNode> patterns = keywords.members("patternProperties");
    if (additional == null && properties.isEmpty() && patterns.isEmpty()) {
      return null;
    }
    Map<String, Term> terms = new HashMap<>();
    properties.forEach(
        (name, json) ->
            terms.put(
                name, normalizer.child(json, keywords.location() + "/properties/" + name, base)));
    List<Layer.Pattern> patternTerms = new ArrayList<>();
    patterns.forEach(
        (pattern, json) ->
            patternTerms.add(
                new Layer.Pattern(
                    keywords.located("patternProperties", () -> Patterns.search(pool, pattern)),
                    normalizer.child(
                        json, keywords.location() + "/patternProperties/" + pattern, base))));
    Term rest =
        additional == null
            ? normalizer.terms().truth()
            : normalizer.child(additional, keywords.location() + "/additionalProperties", base);
    return new Layer(terms, patternTerms, rest);
  }

  private Set<String> required(Keywords keywords) {
    if (draft == Draft.DRAFT_3) {
      Set<String> result = new HashSet<>();
      keywords
          .members("properties")
          .forEach(
              (name, json) -> {
                if (json.path("required").asBoolean(false)) {
                  result.add(name);
                }
              });
      return result;
    }
    return keywords.names("required");
  }

  private NormalForm dependencies(Keywords keywords, URI base, NormalForm before) {
    NormalForm form = before;
    for (Map.Entry<String, JsonNode> e : keywords.members("dependentRequired").entrySet()) {
      form = dependentRequired(keywords, e.getKey(), e.getValue(), form);
    }
    for (Map.Entry<String, JsonNode> e : keywords.members("dependentSchemas").entrySet()) {
      form = dependentSchema(keywords, base, e.getKey(), e.getValue(), form);
    }
    for (Map.Entry<String, JsonNode> e : keywords.members("dependencies").entrySet()) {
      form =
          e.getValue().isArray()
              ? dependentRequired(keywords, e.getKey(), e.getValue(), form)
              : dependentSchema(keywords, base, e.getKey(), e.getValue(), form);
    }
    return form;
  }

  private NormalForm dependentRequired(
      Keywords keywords, String name, JsonNode required, NormalForm form) {
    Set<String> names = keywords.names("dependentRequired", required);
    return names.isEmpty() ? form : with(form, ObjectShape.dependency(name, Set.copyOf(names)));
  }

  // Either the property is absent, or the whole object satisfies the schema.
  private NormalForm dependentSchema(
      Keywords keywords, URI base, String name, JsonNode json, NormalForm form) {
    Forms forms = normalizer.forms();
    Terms terms = normalizer.terms();
    Term schema = normalizer.child(json, keywords.location() + "/dependentSchemas/" + name, base);
    NormalForm absent =
        forms
            .any()
            .withObjects(
                List.of(
                    ObjectShape.of(
                        new Layer(Map.of(name, terms.falsehood()), List.of(), terms.truth()))));
    NormalForm present =
        NormalForm.NONE.withObjects(List.of(ObjectShape.ANY.withRequired(Set.of(name))));
    return forms.and(
        form,
        keywords.located(
            "dependentSchemas",
            () -> forms.or(absent, forms.and(present, normalizer.nested(schema)))));
  }
}
