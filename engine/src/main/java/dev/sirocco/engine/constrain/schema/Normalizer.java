package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.Dfa;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Works out the normal forms of terms. The schemas of properties and items stay terms, which is why
 * recursive schemas come to an end. Not thread-safe.
 */
final class Normalizer {

  private static final int DEEPEST = 200;
  private static final Set<String> REFUSED =
      Set.of("$dynamicRef", "$recursiveRef", "extends", "disallow");

  private final SchemaDocument document;
  private final Terms terms;
  private final NumberRanges ranges;
  private final Forms forms;
  private final ScalarKeywords scalars;
  private final ObjectKeywords objects;
  private final ArrayKeywords arrays;
  private final Disjointness disjointness;
  private final Map<Term, NormalForm> known = new HashMap<>();
  private final Map<SchemaNode, NormalForm> knownNodes = new HashMap<>();
  private final Set<SchemaNode> inProgress = new HashSet<>();

  /** A schema that refers to itself without looking inside the value. */
  private static final class Cycle extends RuntimeException {
    private static final long serialVersionUID = 1;

    Cycle() {
      super(null, null, false, false);
    }
  }

  Normalizer(SchemaDocument document, Terms terms, Dfa dfa) {
    this.document = document;
    this.terms = terms;
    this.ranges = new NumberRanges(dfa.pool());
    this.forms = new Forms(dfa.pool(), terms, ranges.all());
    this.scalars = new ScalarKeywords(dfa.pool(), document.draft(), ranges, forms);
    this.arrays = new ArrayKeywords(document.draft(), forms);
    this.objects = new ObjectKeywords(dfa.pool(), document.draft(), this);
    this.disjointness = new Disjointness(dfa, terms, this);
  }

  Terms terms() {
    return terms;
  }

  Forms forms() {
    return forms;
  }

  NumberRanges ranges() {
    return ranges;
  }

  SchemaDocument document() {
    return document;
  }

  /**
   * The values that satisfy {@code term}.
   *
   * @throws ConstraintException if a keyword would not be enforced exactly
   */
  NormalForm of(Term term) {
    try {
      return compute(term);
    } catch (Cycle e) {
      throw new ConstraintException(
          "%s: \"$ref\" leads in a circle back to this schema, for the same value; break the circle"
              .formatted(term.location()));
    }
  }

  /** Like {@link #of}, but empty if that would need a form that is being worked out. */
  Optional<NormalForm> attempt(Term term) {
    try {
      return Optional.of(compute(term));
    } catch (Cycle e) {
      return Optional.empty();
    }
  }

  private NormalForm compute(Term term) {
    NormalForm form = known.get(term);
    if (form == null) {
      form = forms.any();
      for (SchemaNode node : term.nodes()) {
        form = forms.and(form, compute(node));
      }
      known.put(term, form);
    }
    return form;
  }

  private NormalForm compute(SchemaNode node) {
    NormalForm form = knownNodes.get(node);
    if (form == null) {
      if (!inProgress.add(node)) {
        throw new Cycle();
      }
      if (inProgress.size() > DEEPEST) {
        throw new ConstraintException(
            "schemas refer to one another through more than %d steps for one value; shorten the chain of \"$ref\""
                .formatted(DEEPEST));
      }
      try {
        form =
            switch (node) {
              case SchemaNode.Written w -> written(w);
              case SchemaNode.Constant c -> constant(c.value());
              case SchemaNode.Negation n -> forms.not(compute(n.term()));
            };
      } finally {
        inProgress.remove(node);
      }
      knownNodes.put(node, form);
    }
    return form;
  }

  private NormalForm written(SchemaNode.Written node) {
    if (!node.json().isObject()) {
      throw new ConstraintException(
          "%s: a schema must be an object, true or false, but is %s"
              .formatted(node.location(), node.json().getNodeType()));
    }
    Keywords keywords = new Keywords(node.json(), node.location());
    for (String keyword : REFUSED) {
      if (keywords.has(keyword)) {
        throw keywords.error(keyword, "is not enforced");
      }
    }
    NormalForm form = forms.any();
    String reference = keywords.text("$ref");
    if (reference != null) {
      form = compute(reference(reference, node.base(), node.location()));
      if (document.draft().refStandsAlone()) {
        return form;
      }
    }
    form = forms.and(form, scalars.form(keywords, this::constant));
    form = forms.and(form, objects.form(keywords, node.base()));
    form = forms.and(form, arrays.form(keywords, (json, path) -> child(node, json, path)));
    return combinations(node, keywords, form);
  }

  /** The schema that a reference leads to. */
  Term reference(String reference, URI base, String location) {
    SchemaDocument.Target target = document.resolveReference(reference, base, location);
    String path = reference.startsWith("#/") ? reference : location + "/$ref";
    return terms.written(target.node(), path, target.base());
  }

  /** A schema within another. */
  Term child(SchemaNode.Written parent, JsonNode json, String path) {
    return child(json, parent.location() + "/" + path, parent.base());
  }

  Term child(JsonNode json, String location, URI base) {
    return terms.written(json, location, document.base(json, base));
  }

  private NormalForm combinations(SchemaNode.Written node, Keywords keywords, NormalForm others) {
    NormalForm form = others;
    for (Term part : list(node, keywords, "allOf")) {
      NormalForm before = form;
      form = keywords.located("allOf", () -> forms.and(before, compute(part)));
    }
    if (keywords.has("anyOf")) {
      form = forms.and(form, keywords.located("anyOf", () -> anyOf(node, keywords)));
    }
    if (keywords.has("oneOf")) {
      NormalForm before = form;
      form = keywords.located("oneOf", () -> oneOf(node, keywords, before));
    }
    JsonNode not = keywords.get("not");
    if (not != null) {
      NormalForm before = form;
      form =
          keywords.located(
              "not", () -> forms.and(before, compute(terms.not(child(node, not, "not")))));
    }
    JsonNode condition = keywords.get("if");
    if (condition != null) {
      form = forms.and(form, keywords.located("if", () -> conditional(node, keywords, condition)));
    }
    return form;
  }

  private List<Term> list(SchemaNode.Written node, Keywords keywords, String keyword) {
    List<Term> result = new ArrayList<>();
    if (keywords.has(keyword)) {
      for (JsonNode part : keywords.array(keyword)) {
        result.add(child(node, part, keyword + "/" + result.size()));
      }
    }
    return result;
  }

  private NormalForm anyOf(SchemaNode.Written node, Keywords keywords) {
    NormalForm form = NormalForm.NONE;
    for (Term part : list(node, keywords, "anyOf")) {
      form = forms.or(form, compute(part));
    }
    return form;
  }

  // What stands beside oneOf is put into each alternative, which makes more of them disjoint.
  private NormalForm oneOf(SchemaNode.Written node, Keywords keywords, NormalForm beside) {
    List<NormalForm> parts =
        list(node, keywords, "oneOf").stream().map(p -> forms.and(beside, compute(p))).toList();
    return parts.size() == 1 ? parts.getFirst() : forms.exactlyOne(parts, disjointness::disjoint);
  }

  private NormalForm conditional(SchemaNode.Written node, Keywords keywords, JsonNode condition) {
    Term test = child(node, condition, "if");
    Term then = optionalChild(node, keywords, "then");
    Term otherwise = optionalChild(node, keywords, "else");
    if (then == otherwise) {
      return compute(then);
    }
    return forms.or(
        then == terms.falsehood() ? NormalForm.NONE : forms.and(compute(test), compute(then)),
        otherwise == terms.falsehood()
            ? NormalForm.NONE
            : forms.and(compute(terms.not(test)), compute(otherwise)));
  }

  private Term optionalChild(SchemaNode.Written node, Keywords keywords, String keyword) {
    JsonNode json = keywords.get(keyword);
    return json == null ? terms.truth() : child(node, json, keyword);
  }

  private NormalForm constant(JsonNode value) {
    if (value.isObject()) {
      Map<String, Term> properties = new HashMap<>();
      value.properties().forEach(e -> properties.put(e.getKey(), terms.constant(e.getValue())));
      ObjectShape shape =
          ObjectShape.of(new Layer(properties, List.of(), terms.falsehood()))
              .withRequired(properties.keySet());
      return NormalForm.NONE.withObjects(List.of(shape));
    }
    if (value.isArray()) {
      List<Term> items = new ArrayList<>();
      value.forEach(item -> items.add(terms.constant(item)));
      return NormalForm.NONE.withArrays(
          List.of(
              ArrayShape.items(items, terms.falsehood()).withCount(items.size(), items.size())));
    }
    return scalars.constant(value);
  }

  /** The form of a term that is needed at once, as part of another. */
  NormalForm nested(@Nullable Term term) {
    return term == null ? forms.any() : compute(term);
  }
}
