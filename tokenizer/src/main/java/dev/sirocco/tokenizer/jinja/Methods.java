package dev.sirocco.tokenizer.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The methods of Python's texts, dicts and lists that templates call; none changes its object. */
final class Methods {

  private Methods() {}

  /** A method of a value, or null if it has none of that name. */
  static @Nullable Callable find(@Nullable Object object, String name) {
    return switch (object) {
      case String text -> ofText(text, name);
      case Map<?, ?> map -> ofDict(map, name);
      case List<?> list -> ofList(list, name);
      case null, default -> null;
    };
  }

  private static @Nullable Callable ofDict(Map<?, ?> map, String name) {
    return switch (name) {
      case "items" -> (arguments, named) -> pairs(map);
      case "keys" -> (arguments, named) -> new ArrayList<@Nullable Object>(map.keySet());
      case "values" -> (arguments, named) -> new ArrayList<@Nullable Object>(map.values());
      case "get" ->
          (arguments, named) ->
              map.containsKey(argument(arguments, 0, null))
                  ? map.get(argument(arguments, 0, null))
                  : argument(arguments, 1, null);
      default -> null;
    };
  }

  /** Key and value of each entry. */
  static List<@Nullable Object> pairs(Map<?, ?> map) {
    List<@Nullable Object> pairs = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      List<@Nullable Object> pair = new ArrayList<>();
      pair.add(entry.getKey());
      pair.add(entry.getValue());
      pairs.add(pair);
    }
    return pairs;
  }

  private static @Nullable Callable ofList(List<?> list, String name) {
    return switch (name) {
      case "count" ->
          (arguments, named) ->
              list.stream()
                  .filter(item -> Values.areEqual(item, argument(arguments, 0, null)))
                  .count();
      case "index" ->
          (arguments, named) -> {
            for (int i = 0; i < list.size(); i++) {
              if (Values.areEqual(list.get(i), argument(arguments, 0, null))) {
                return (long) i;
              }
            }
            throw new TemplateException(
                Values.repr(argument(arguments, 0, null)) + " is not in the list");
          };
      default -> null;
    };
  }

  private static @Nullable Callable ofText(String text, String name) {
    return switch (name) {
      case "strip" -> (arguments, named) -> strip(text, characters(arguments), true, true);
      case "lstrip" -> (arguments, named) -> strip(text, characters(arguments), true, false);
      case "rstrip" -> (arguments, named) -> strip(text, characters(arguments), false, true);
      case "upper" -> (arguments, named) -> text.toUpperCase(Locale.ROOT);
      case "lower" -> (arguments, named) -> text.toLowerCase(Locale.ROOT);
      case "capitalize" -> (arguments, named) -> capitalize(text);
      case "title" -> (arguments, named) -> title(text);
      case "startswith" -> (arguments, named) -> begins(text, arguments, true);
      case "endswith" -> (arguments, named) -> begins(text, arguments, false);
      case "removeprefix" ->
          (arguments, named) -> {
            String prefix = textArgument(arguments, 0);
            return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
          };
      case "removesuffix" ->
          (arguments, named) -> {
            String suffix = textArgument(arguments, 0);
            return text.endsWith(suffix)
                ? text.substring(0, text.length() - suffix.length())
                : text;
          };
      case "split" -> (arguments, named) -> split(text, arguments, named);
      case "rsplit" -> (arguments, named) -> rsplit(text, arguments);
      case "splitlines" ->
          (arguments, named) -> new ArrayList<@Nullable Object>(text.lines().toList());
      case "replace" ->
          (arguments, named) ->
              replace(
                  text,
                  textArgument(arguments, 0),
                  textArgument(arguments, 1),
                  Values.integer(argument(arguments, 2, -1L), "a count"));
      case "join" ->
          (arguments, named) ->
              SequenceFilters.join(argument(arguments, 0, null), text, null);
      case "find" -> (arguments, named) -> (long) text.indexOf(textArgument(arguments, 0));
      case "rfind" -> (arguments, named) -> (long) text.lastIndexOf(textArgument(arguments, 0));
      case "count" -> (arguments, named) -> count(text, textArgument(arguments, 0));
      case "isdigit" ->
          (arguments, named) -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
      case "isalpha" ->
          (arguments, named) -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
      case "isspace" -> (arguments, named) -> !text.isEmpty() && text.isBlank();
      case "isupper" ->
          (arguments, named) ->
              !text.equals(text.toLowerCase(Locale.ROOT))
                  && text.equals(text.toUpperCase(Locale.ROOT));
      case "islower" ->
          (arguments, named) ->
              !text.equals(text.toUpperCase(Locale.ROOT))
                  && text.equals(text.toLowerCase(Locale.ROOT));
      default -> null;
    };
  }

  static @Nullable Object argument(
      List<@Nullable Object> arguments, int index, @Nullable Object otherwise) {
    return index < arguments.size() ? arguments.get(index) : otherwise;
  }

  private static String textArgument(List<@Nullable Object> arguments, int index) {
    if (argument(arguments, index, null) instanceof String text) {
      return text;
    }
    throw new TemplateException(
        "argument %d of a method is %s; wanted a text"
            .formatted(index + 1, Values.repr(argument(arguments, index, null))));
  }

  /** The characters to strip, or null for white space. */
  private static @Nullable String characters(List<@Nullable Object> arguments) {
    return argument(arguments, 0, null) == null ? null : textArgument(arguments, 0);
  }

  static String strip(String text, @Nullable String characters, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && isStripped(text.charAt(start), characters)) {
      start++;
    }
    while (right && end > start && isStripped(text.charAt(end - 1), characters)) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isStripped(char c, @Nullable String characters) {
    return characters == null
        ? Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85
        : characters.indexOf(c) >= 0;
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return text.substring(0, first).toUpperCase(Locale.ROOT)
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  private static boolean begins(String text, List<@Nullable Object> arguments, boolean start) {
    Object wanted = argument(arguments, 0, null);
    List<@Nullable Object> choices = new ArrayList<>();
    if (wanted instanceof List<?> list) {
      choices.addAll(list);
    } else {
      choices.add(textArgument(arguments, 0));
    }
    return choices.stream()
        .map(Values::text)
        .anyMatch(choice -> start ? text.startsWith(choice) : text.endsWith(choice));
  }

  private static Object split(
      String text, List<@Nullable Object> arguments, Map<String, @Nullable Object> named) {
    Object separator = argument(arguments, 0, named.get("sep"));
    long limit =
        Values.integer(argument(arguments, 1, named.getOrDefault("maxsplit", -1L)), "maxsplit");
    List<@Nullable Object> parts = new ArrayList<>();
    if (separator == null) {
      return splitAtSpace(text, limit);
    }
    String by = nonEmpty(separator);
    int from = 0;
    for (int at = text.indexOf(by);
        at >= 0 && (limit < 0 || parts.size() < limit);
        at = text.indexOf(by, from)) {
      parts.add(text.substring(from, at));
      from = at + by.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static Object splitAtSpace(String text, long limit) {
    List<@Nullable Object> parts = new ArrayList<>();
    int start = spaceEnd(text, 0);
    while (start < text.length()) {
      if (limit >= 0 && parts.size() == limit) {
        parts.add(strip(text.substring(start), null, false, true));
        return parts;
      }
      int end = start;
      while (end < text.length() && !isStripped(text.charAt(end), null)) {
        end++;
      }
      parts.add(text.substring(start, end));
      start = spaceEnd(text, end);
    }
    return parts;
  }

  private static int spaceEnd(String text, int start) {
    int end = start;
    while (end < text.length() && isStripped(text.charAt(end), null)) {
      end++;
    }
    return end;
  }

  private static Object rsplit(String text, List<@Nullable Object> arguments) {
    String by = nonEmpty(argument(arguments, 0, null));
    long limit = Values.integer(argument(arguments, 1, -1L), "maxsplit");
    Deque<@Nullable Object> parts = new ArrayDeque<>();
    int end = text.length();
    for (int at = text.lastIndexOf(by, end - by.length());
        at >= 0 && (limit < 0 || parts.size() < limit);
        at = text.lastIndexOf(by, end - by.length())) {
      parts.addFirst(text.substring(at + by.length(), end));
      end = at;
    }
    parts.addFirst(text.substring(0, end));
    return new ArrayList<@Nullable Object>(parts);
  }

  private static String nonEmpty(@Nullable Object separator) {
    if (separator instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new TemplateException(
        "the separator to split at is %s; wanted a text of at least one character"
            .formatted(Values.repr(separator)));
  }

  static String replace(String text, String old, String replacement, long limit) {
    if (limit < 0) {
      long found = replacement.length() > old.length() ? count(text, old) : 0;
      Values.requireSize(text.length() + found * (replacement.length() - old.length()));
      return text.replace(old, replacement);
    }
    StringBuilder out = new StringBuilder();
    int from = 0;
    long done = 0;
    for (int at = text.indexOf(old);
        at >= 0 && done < limit && !old.isEmpty();
        at = text.indexOf(old, from)) {
      out.append(text, from, at).append(replacement);
      Values.requireSize(out.length());
      from = at + old.length();
      done++;
    }
    return out.append(text, from, text.length()).toString();
  }

  private static long count(String text, String part) {
    if (part.isEmpty()) {
      return text.length() + 1L;
    }
    long count = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      count++;
    }
    return count;
  }
}
