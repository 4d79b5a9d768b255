package dev.sirocco.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Jinja's filters of lists. */
final class SequenceFilters {

  private SequenceFilters() {}

  static @Nullable Object apply(
      String name,
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named) {
    Object first = Methods.argument(arguments, 0, null);
    List<@Nullable Object> rest =
        arguments.size() > 1 ? arguments.subList(1, arguments.size()) : List.of();
    return switch (name) {
      case "list" -> Values.items(value);
      case "first" -> at(value, 0);
      case "last" -> at(value, Values.items(value).size() - 1);
      case "items" ->
          value instanceof Map<?, ?> map ? Methods.pairs(map) : List.<@Nullable Object>of();
      case "dictsort" -> dictSort(value);
      case "join" -> join(value, arguments, named);
      case "reverse" ->
          value instanceof String text
              ? new StringBuilder(text).reverse().toString()
              : Values.items(value).reversed();
      case "unique" -> unique(Values.items(value));
      case "sum" -> sum(Values.items(value), named);
      case "min" -> Collections.min(nonEmpty(value, name), Filters.order());
      case "max" -> Collections.max(nonEmpty(value, name), Filters.order());
      case "sort" -> sort(value, arguments, named);
      case "map" -> map(value, arguments, named);
      case "select" -> pick(value, null, first, rest, true);
      case "reject" -> pick(value, null, first, rest, false);
      case "selectattr" -> pickByAttribute(value, arguments, true);
      case "rejectattr" -> pickByAttribute(value, arguments, false);
      default -> throw new TemplateException("the filter '%s' is not known".formatted(name));
    };
  }

  private static @Nullable Object at(@Nullable Object value, int index) {
    List<@Nullable Object> items = Values.items(value);
    return items.isEmpty() ? new Undefined("an item of an empty list") : items.get(index);
  }

  private static List<@Nullable Object> nonEmpty(@Nullable Object value, String name) {
    List<@Nullable Object> items = Values.items(value);
    if (items.isEmpty()) {
      throw new TemplateException(name + " of an empty list");
    }
    return items;
  }

  private static Object dictSort(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new TemplateException("dictsort: %s is no dict".formatted(Values.repr(value)));
    }
    List<@Nullable Object> pairs = Methods.pairs(map);
    pairs.sort(Comparator.comparing(pair -> at(pair, 0), Filters.order()));
    return pairs;
  }

  private static Object join(
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named) {
    String separator = Values.text(Methods.argument(arguments, 0, named.getOrDefault("d", "")));
    return join(value, separator, Methods.argument(arguments, 1, named.get("attribute")));
  }

  /** The texts of items, or of an attribute of each, with a separator between. */
  static String join(@Nullable Object value, String separator, @Nullable Object attribute) {
    List<String> texts = new ArrayList<>();
    long size = 0;
    for (Object item : Values.items(value)) {
      String text = Values.text(attribute == null ? item : attribute(item, attribute));
      size += text.length() + separator.length();
      Values.requireSize(size);
      texts.add(text);
    }
    return String.join(separator, texts);
  }

  private static Object unique(List<@Nullable Object> items) {
    Set<@Nullable Object> seen = new HashSet<>();
    return items.stream().filter(item -> seen.add(Values.key(item))).toList();
  }

  private static @Nullable Object sum(
      List<@Nullable Object> items, Map<String, @Nullable Object> named) {
    Object total = named.getOrDefault("start", 0L);
    Object attribute = named.get("attribute");
    if (!Values.isNumber(total)) {
      throw new TemplateException("sum: start is %s; wanted a number".formatted(Values.repr(total)));
    }
    for (Object item : items) {
      total = Values.arithmetic("+", total, attribute == null ? item : attribute(item, attribute));
    }
    return total;
  }

  private static Object sort(
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named) {
    Object attribute = named.get("attribute");
    List<@Nullable Object> items = Values.items(value);
    Comparator<@Nullable Object> order = Filters.order();
    items.sort(
        attribute == null
            ? order
            : Comparator.comparing(item -> attribute(item, attribute), order));
    boolean reverse =
        Values.isTrue(Methods.argument(arguments, 0, named.getOrDefault("reverse", false)));
    return reverse ? items.reversed() : items;
  }

  private static Object map(
      @Nullable Object value,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named) {
    List<@Nullable Object> results = new ArrayList<>();
    Object attribute = named.get("attribute");
    for (Object item : Values.items(value)) {
      if (attribute == null) {
        String filter = Values.text(Methods.argument(arguments, 0, ""));
        results.add(
            Filters.apply(
                filter,
                item,
                arguments.subList(Math.min(1, arguments.size()), arguments.size()),
                named));
      } else {
        Object found = attribute(item, attribute);
        results.add(
            found instanceof Undefined && named.containsKey("default")
                ? named.get("default")
                : found);
      }
    }
    return results;
  }

  private static Object pickByAttribute(
      @Nullable Object value, List<@Nullable Object> arguments, boolean keep) {
    Object test = Methods.argument(arguments, 1, null);
    List<@Nullable Object> rest =
        arguments.size() > 2 ? arguments.subList(2, arguments.size()) : List.of();
    return pick(value, Methods.argument(arguments, 0, null), test, rest, keep);
  }

  private static Object pick(
      @Nullable Object value,
      @Nullable Object attribute,
      @Nullable Object test,
      List<@Nullable Object> arguments,
      boolean keep) {
    List<@Nullable Object> picked = new ArrayList<>();
    for (Object item : Values.items(value)) {
      Object tested = attribute == null ? item : attribute(item, attribute);
      boolean holds =
          test == null ? Values.isTrue(tested) : Tests.holds(Values.text(test), tested, arguments);
      if (holds == keep) {
        picked.add(item);
      }
    }
    return picked;
  }

  /** An attribute of an attribute and so on, with dots between the names. */
  private static @Nullable Object attribute(@Nullable Object item, Object path) {
    if (path instanceof Long index) {
      return Evaluator.item(item, index);
    }
    Object found = item;
    for (String name : Values.text(path).split("\\.", -1)) {
      found = Evaluator.item(found, name);
    }
    return found;
  }
}
