package dev.sirocco.engine.constrain.regex;

import dev.sirocco.engine.constrain.core.ConstraintException;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses patterns in the notation of ECMA-262 (15th edition, section 22.2.1, with the leniencies of
 * annex B): the part of it that describes regular languages.
 */
final class PatternParser {

  /** Longest pattern in characters. */
  static final int LONGEST = 20_000;

  /** Deepest nesting of groups. */
  static final int DEEPEST = 200;

  /** Largest bound of a repetition, and of nested repetitions multiplied. */
  static final int LARGEST_COUNT = 100_000;

  private final String pattern;
  private int at;
  private int depth;

  private PatternParser(String pattern) {
    this.pattern = pattern;
  }

  static PatternNode parse(String pattern) {
    if (pattern.length() > LONGEST) {
      throw new ConstraintException(
          "a pattern has %,d characters, but at most %,d are read; shorten it"
              .formatted(pattern.length(), LONGEST));
    }
    PatternParser parser = new PatternParser(pattern);
    PatternNode result = parser.choice();
    if (parser.at < pattern.length()) {
      throw parser.error("a ')' closes no group; write '\\)' for the character");
    }
    return result;
  }

  private ConstraintException error(String problem) {
    return new ConstraintException(
        "pattern '%s', character %d: %s".formatted(Patterns.abbreviated(pattern), at + 1, problem));
  }

  private PatternNode choice() {
    List<PatternNode> parts = new ArrayList<>();
    parts.add(sequence());
    while (accept('|')) {
      parts.add(sequence());
    }
    return parts.size() == 1 ? parts.getFirst() : new PatternNode.Choice(parts);
  }

  private PatternNode sequence() {
    List<PatternNode> parts = new ArrayList<>();
    while (at < pattern.length() && peek() != '|' && peek() != ')') {
      parts.add(quantified(term()));
    }
    return parts.size() == 1 ? parts.getFirst() : new PatternNode.Sequence(parts);
  }

  private PatternNode term() {
    int c = pattern.codePointAt(at);
    return switch (c) {
      case '^' -> {
        at++;
        yield new PatternNode.Start();
      }
      case '$' -> {
        at++;
        yield new PatternNode.End();
      }
      case '(' -> group();
      case '.' -> {
        at++;
        yield new PatternNode.One(CharClasses.DOT);
      }
      case '[' -> {
        at++;
        yield new PatternNode.One(new PatternClassParser(this).parse());
      }
      case '\\' -> new PatternNode.One(escape(false));
      case '*', '+', '?' -> throw error("'" + (char) c + "' repeats nothing; escape it with '\\'");
      default -> {
        at += Character.charCount(c);
        yield new PatternNode.One(CharSet.of(c));
      }
    };
  }

  private PatternNode group() {
    if (++depth > DEEPEST) {
      throw error("groups are nested deeper than %d; flatten them".formatted(DEEPEST));
    }
    at++;
    boolean look = false;
    boolean negative = false;
    if (accept('?')) {
      look = at < pattern.length() && (peek() == '=' || peek() == '!');
      negative = look && peek() == '!';
      groupKind();
    }
    PatternNode body = choice();
    if (!accept(')')) {
      throw error("a group is not closed; add ')'");
    }
    depth--;
    return look ? new PatternNode.LookAhead(body, negative) : body;
  }

  // After "(?": one of ":", "=", "!", "<name>".
  private void groupKind() {
    if (accept(':') || accept('=') || accept('!')) {
      return;
    }
    int end = pattern.indexOf('>', at);
    if (accept('<') && at < pattern.length() && peek() != '=' && peek() != '!' && end > 0) {
      at = end + 1;
      return;
    }
    throw error("this kind of group is not enforced; use (…), (?:…), (?=…) or (?!…)");
  }

  private PatternNode quantified(PatternNode body) {
    if (at >= pattern.length()) {
      return body;
    }
    int[] bounds =
        switch (peek()) {
          case '*' -> simpleBounds(0, Regex.Repeat.UNBOUNDED);
          case '+' -> simpleBounds(1, Regex.Repeat.UNBOUNDED);
          case '?' -> simpleBounds(0, 1);
          case '{' -> bounds();
          default -> new int[0];
        };
    if (bounds.length == 0) {
      return body;
    }
    int min = bounds[0];
    int max = bounds[1];
    accept('?'); // Lazy or greedy makes no difference to what matches.
    checkCount(body, max == Regex.Repeat.UNBOUNDED ? min : max);
    return new PatternNode.Repetition(body, min, max);
  }

  private int[] simpleBounds(int min, int max) {
    at++;
    return new int[] {min, max};
  }

  private void checkCount(PatternNode body, int count) {
    long largest = (long) Math.max(1, count) * largestCount(body);
    if (largest > LARGEST_COUNT) {
      throw error(
          "something is repeated %,d times, but at most %,d are followed; use a smaller bound or none"
              .formatted(largest, LARGEST_COUNT));
    }
  }

  private static long largestCount(PatternNode node) {
    return switch (node) {
      case PatternNode.Repetition r ->
          Math.max(1, r.max() == Regex.Repeat.UNBOUNDED ? r.min() : r.max())
              * largestCount(r.body());
      case PatternNode.Sequence s ->
          s.parts().stream().mapToLong(PatternParser::largestCount).max().orElse(1);
      case PatternNode.Choice c ->
          c.parts().stream().mapToLong(PatternParser::largestCount).max().orElse(1);
      default -> 1;
    };
  }

  // {n}, {n,} or {n,m}; nothing is read and an empty array returned if it is none of these.
  private int[] bounds() {
    int end = pattern.indexOf('}', at);
    String inside = end < 0 ? "" : pattern.substring(at + 1, end);
    if (!inside.matches("\\d{1,20}(,\\d{0,20})?")) {
      // Annex B: a brace that opens no bounds stands for itself, as the next term.
      return new int[0];
    }
    at = end + 1;
    String[] parts = inside.split(",", -1);
    int min = count(parts[0]);
    int max =
        parts.length == 1 ? min : parts[1].isEmpty() ? Regex.Repeat.UNBOUNDED : count(parts[1]);
    if (max < min) {
      throw error("the bounds {%s} are the wrong way round".formatted(inside));
    }
    return new int[] {min, max};
  }

  private int count(String digits) {
    if (digits.length() > 9 || Integer.parseInt(digits) > LARGEST_COUNT) {
      throw error(
          "something is repeated %s times, but at most %,d are followed; use a smaller bound or none"
              .formatted(digits, LARGEST_COUNT));
    }
    return Integer.parseInt(digits);
  }

  /** Reads an escape, at the backslash; inside brackets {@code \b} is a backspace. */
  CharSet escape(boolean inBrackets) {
    at++;
    if (at >= pattern.length()) {
      throw error("the pattern ends after a backslash; write '\\\\' for the character");
    }
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return switch (c) {
      case 'd' -> CharClasses.DIGIT;
      case 'D' -> CharClasses.DIGIT.complement();
      case 'w' -> CharClasses.WORD;
      case 'W' -> CharClasses.WORD.complement();
      case 's' -> CharClasses.SPACE;
      case 'S' -> CharClasses.SPACE.complement();
      case 'p', 'P' -> property(c == 'P');
      case 't' -> CharSet.of('\t');
      case 'n' -> CharSet.of('\n');
      case 'r' -> CharSet.of('\r');
      case 'v' -> CharSet.of(0x0B);
      case 'f' -> CharSet.of('\f');
      case '0' -> CharSet.of(0);
      case 'x' -> CharSet.of(hex(2));
      case 'u' -> CharSet.of(unicode());
      case 'c' -> CharSet.of(pattern.codePointAt(requireMore()) % 32);
      case 'b', 'B' -> {
        if (inBrackets && c == 'b') {
          yield CharSet.of('\b');
        }
        throw error(
            "the word boundary \\%c is not enforced; spell out what may stand there"
                .formatted((char) c));
      }
      case '1', '2', '3', '4', '5', '6', '7', '8', '9', 'k' ->
          throw error(
              "the back-reference \\%c is not enforced, as it describes no regular language"
                  .formatted((char) c));
      default -> CharSet.of(c);
    };
  }

  private int requireMore() {
    if (at >= pattern.length()) {
      throw error("the escape is not complete");
    }
    return at++;
  }

  private int hex(int digits) {
    String text = pattern.substring(at, Math.min(pattern.length(), at + digits));
    if (!text.matches("[0-9a-fA-F]{" + digits + "}")) {
      throw error("the escape needs %d hexadecimal digits".formatted(digits));
    }
    at += digits;
    return Integer.parseInt(text, 16);
  }

  private int unicode() {
    if (accept('{')) {
      int end = pattern.indexOf('}', at);
      if (end < 0 || !pattern.substring(at, end).matches("[0-9a-fA-F]{1,6}")) {
        throw error("\\u{…} needs 1 to 6 hexadecimal digits");
      }
      int c = Integer.parseInt(pattern.substring(at, end), 16);
      at = end + 1;
      return c;
    }
    int c = hex(4);
    if (Character.isHighSurrogate((char) c) && pattern.startsWith("\\u", at)) {
      at += 2;
      return Character.toCodePoint((char) c, (char) hex(4));
    }
    return c;
  }

  private CharSet property(boolean negated) {
    int end = pattern.indexOf('}', at);
    if (!accept('{') || end < 0) {
      throw error("\\p needs a property in braces, as in \\p{L}");
    }
    String name = pattern.substring(at, end);
    CharSet set = CharClasses.property(name);
    if (set.isEmpty()) {
      throw error(
          "the Unicode property '%s' is not known; use a general category such as L, Lu, Nd"
              .formatted(name));
    }
    at = end + 1;
    return negated ? set.complement() : set;
  }

  boolean accept(char c) {
    if (at < pattern.length() && pattern.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  char peek() {
    return pattern.charAt(at);
  }

  /** The next code point, consumed. */
  int take() {
    if (at >= pattern.length()) {
      throw error("a character class is not closed; add ']'");
    }
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return c;
  }

  boolean atEnd() {
    return at >= pattern.length();
  }

  boolean startsWith(String text) {
    return pattern.startsWith(text, at);
  }
}
