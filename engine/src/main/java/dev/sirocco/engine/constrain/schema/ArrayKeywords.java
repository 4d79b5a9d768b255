package dev.sirocco.engine.constrain.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;

/** The keywords for arrays. */
final class ArrayKeywords {

  private static final List<String> COMBINING =
      List.of("$ref", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "contains");

  private final Draft draft;
  private final Forms forms;

  ArrayKeywords(Draft draft, Forms forms) {
    this.draft = draft;
    this.forms = forms;
  }

  /** Child terms come from {@code child}, given a schema and its place below this one. */
  NormalForm form(Keywords keywords, BiFunction<JsonNode, String, Term> child) {
    ArrayShape shape = items(keywords, child);
    int min = keywords.atLeast("minItems", 0);
    int max = keywords.atMost("maxItems");
    shape = shape.withCount(min, max);
    if (keywords.isTrue("uniqueItems")) {
      shape = shape.withUnique();
    }
    JsonNode contains = keywords.get("contains");
    if (contains != null) {
      shape =
          shape.withContains(
              new ArrayShape.Contains(
                  child.apply(contains, "contains"),
                  0,
                  keywords.atLeast("minContains", 1),
                  keywords.atMost("maxContains")));
    }
    if (shape.equals(forms.anyArray().withCount(0, ArrayShape.UNBOUNDED))) {
      return forms.any();
    }
    return forms.any().withArrays(min > max ? List.of() : List.of(shape));
  }

  private ArrayShape items(Keywords keywords, BiFunction<JsonNode, String, Term> child) {
    JsonNode items = keywords.get("items");
    JsonNode rest = items;
    String restName = "items";
    List<Term> prefix = new ArrayList<>();
    if (items != null && items.isArray()) {
      if (!draft.itemsMayBeList() && keywords.has("prefixItems")) {
        throw keywords.error("items", "must be a schema, but is an array; use \"prefixItems\"");
      }
      addAll(items, "items", child, prefix);
      restName = "additionalItems";
      rest = keywords.get(restName);
    } else if (keywords.has("prefixItems")) {
      addAll(keywords.array("prefixItems"), "prefixItems", child, prefix);
    }
    if (rest == null && keywords.has("unevaluatedItems")) {
      restName = "unevaluatedItems";
      rest = unevaluated(keywords);
    }
    return ArrayShape.items(
        prefix, rest == null ? forms.anyArray().rest() : child.apply(rest, restName));
  }

  private static void addAll(
      JsonNode array, String keyword, BiFunction<JsonNode, String, Term> child, List<Term> to) {
    for (JsonNode item : array) {
      to.add(child.apply(item, keyword + "/" + to.size()));
    }
  }

  // Nothing else evaluates items, so that they are the items behind the prefix.
  private static JsonNode unevaluated(Keywords keywords) {
    for (String keyword : COMBINING) {
      if (keywords.has(keyword)) {
        throw keywords.error("unevaluatedItems", "is not enforced beside \"" + keyword + "\"");
      }
    }
    JsonNode value = keywords.get("unevaluatedItems");
    return value == null ? keywords.json() : value;
  }
}
