package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Patterns;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** The keywords for types, values, numbers and strings. */
final class ScalarKeywords {

  private final RegexPool pool;
  private final Draft draft;
  private final NumberRanges ranges;
  private final Forms forms;

  ScalarKeywords(RegexPool pool, Draft draft, NumberRanges ranges, Forms forms) {
    this.pool = pool;
    this.draft = draft;
    this.ranges = ranges;
    this.forms = forms;
  }

  NormalForm form(Keywords keywords, Function<JsonNode, NormalForm> constants) {
    NormalForm form = types(keywords);
    JsonNode constant = keywords.get("const");
    if (constant != null) {
      form = forms.and(form, keywords.located("const", () -> constants.apply(constant)));
    }
    if (keywords.has("enum")) {
      NormalForm before = form;
      form =
          keywords.located(
              "enum", () -> forms.and(before, enumeration(keywords.array("enum"), constants)));
    }
    form = form.withNumbers(numbers(keywords, form.numbers()));
    return strings(keywords, form);
  }

  private NormalForm types(Keywords keywords) {
    JsonNode type = keywords.get("type");
    if (type == null) {
      return forms.any();
    }
    Set<String> names = new LinkedHashSet<>();
    if (type.isString()) {
      names.add(type.stringValue());
    } else {
      names.addAll(keywords.names("type", keywords.array("type")));
    }
    NormalForm any = forms.any();
    NormalForm form = NormalForm.NONE;
    for (String name : names) {
      form =
          switch (name) {
            case "null" -> form.withLiterals(form.literals() | NormalForm.NULL);
            case "boolean" ->
                form.withLiterals(form.literals() | NormalForm.TRUE | NormalForm.FALSE);
            case "number" -> form.withNumbers(any.numbers());
            case "integer" -> names.contains("number") ? form : form.withNumbers(integers());
            case "string" -> form.withStrings(RegexPool.ANY, false);
            case "array" -> form.withArrays(any.arrays());
            case "object" -> form.withObjects(any.objects());
            case "any" -> {
              if (draft == Draft.DRAFT_3) {
                yield any;
              }
              throw keywords.error("type", "names the unknown type \"any\"; leave it out");
            }
            default ->
                throw keywords.error(
                    "type",
                    "must be null, boolean, number, integer, string, array or object, but is \"%s\""
                        .formatted(name));
          };
    }
    return form;
  }

  private Numbers integers() {
    return draft.integersByValue() ? ranges.integers() : ranges.plainIntegers();
  }

  private NormalForm enumeration(JsonNode values, Function<JsonNode, NormalForm> constants) {
    NormalForm form = NormalForm.NONE;
    List<String> texts = new ArrayList<>();
    Set<JsonNode> seen = new LinkedHashSet<>();
    for (JsonNode value : values) {
      if (value.isString()) {
        texts.add(value.stringValue());
      } else if (seen.add(value)) {
        form = forms.or(form, constants.apply(value));
      }
    }
    Set<String> distinct = new LinkedHashSet<>(texts);
    return distinct.isEmpty() ? form : form.withStrings(pool.oneOf(distinct), false);
  }

  /** The writings of one scalar. */
  NormalForm constant(JsonNode value) {
    if (value.isString()) {
      return NormalForm.NONE.withStrings(pool.literal(value.stringValue()), false);
    }
    if (value.isNumber()) {
      return NormalForm.NONE.withNumbers(ranges.equalTo(value.decimalValue()));
    }
    return NormalForm.NONE.withLiterals(
        value.isNull()
            ? NormalForm.NULL
            : value.booleanValue() ? NormalForm.TRUE : NormalForm.FALSE);
  }

  private Numbers numbers(Keywords keywords, Numbers before) {
    Numbers numbers = before;
    BigDecimal minimum = keywords.number("minimum");
    if (minimum != null) {
      numbers =
          numbers.and(pool, ranges.atLeast(minimum, isExclusive(keywords, "exclusiveMinimum")));
    }
    BigDecimal maximum = keywords.number("maximum");
    if (maximum != null) {
      numbers =
          numbers.and(pool, ranges.atMost(maximum, isExclusive(keywords, "exclusiveMaximum")));
    }
    if (isNumberKeyword(keywords, "exclusiveMinimum")) {
      BigDecimal bound = keywords.number("exclusiveMinimum");
      numbers = bound == null ? numbers : numbers.and(pool, ranges.atLeast(bound, true));
    }
    if (isNumberKeyword(keywords, "exclusiveMaximum")) {
      BigDecimal bound = keywords.number("exclusiveMaximum");
      numbers = bound == null ? numbers : numbers.and(pool, ranges.atMost(bound, true));
    }
    return multiples(keywords, numbers);
  }

  // Drafts 3 and 4 have true or false beside the bound; later drafts a bound of its own.
  private static boolean isExclusive(Keywords keywords, String keyword) {
    JsonNode value = keywords.get(keyword);
    return value != null && value.isBoolean() && value.booleanValue();
  }

  private static boolean isNumberKeyword(Keywords keywords, String keyword) {
    JsonNode value = keywords.get(keyword);
    return value != null && !value.isBoolean();
  }

  private Numbers multiples(Keywords keywords, Numbers before) {
    String keyword = draft == Draft.DRAFT_3 ? "divisibleBy" : "multipleOf";
    BigDecimal divisor = keywords.number(keyword);
    if (divisor == null) {
      return before;
    }
    if (divisor.signum() <= 0) {
      throw keywords.error(keyword, "must be above 0, but is " + divisor);
    }
    return keywords.located(keyword, () -> before.and(pool, ranges.multiplesOf(divisor)));
  }

  private NormalForm strings(Keywords keywords, NormalForm before) {
    NormalForm form = before;
    int min = keywords.atLeast("minLength", 0);
    int max = keywords.atMost("maxLength");
    if (min > 0 || max < Integer.MAX_VALUE) {
      form = restrict(form, max < min ? Regex.NOTHING : pool.length(min, max), false);
    }
    String pattern = keywords.text("pattern");
    if (pattern != null) {
      form =
          restrict(form, keywords.located("pattern", () -> Patterns.search(pool, pattern)), false);
    }
    JsonNode format = keywords.get("format");
    if (format != null && format.isString()) {
      Regex texts = Formats.texts(pool, format.stringValue());
      if (texts != null) {
        form = restrict(form, texts, !Formats.exact(format.stringValue()));
      }
    }
    return form;
  }

  private NormalForm restrict(NormalForm form, Regex strings, boolean approximate) {
    return form.withStrings(pool.and(form.strings(), strings), form.approximate() || approximate);
  }
}
