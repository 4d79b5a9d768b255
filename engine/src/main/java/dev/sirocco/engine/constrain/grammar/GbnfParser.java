package dev.sirocco.engine.constrain.grammar;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.CharSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parses grammars in GBNF, the notation of llama.cpp: rules {@code name ::= …} with literals,
 * character classes, {@code .}, groups, alternatives, {@code * + ? {n} {n,} {n,m}} and comments.
 */
final class GbnfParser {

  private static final int LONGEST = 1_000_000;
  private static final int DEEPEST = 200;
  private static final int MOST_QUANTIFIERS = 8;
  private static final int MOST_RULES = 5_000;

  /** Largest bound of a repetition. */
  static final int LARGEST_COUNT = 10_000;

  private final String text;
  private int at;
  private int depth;

  private GbnfParser(String text) {
    this.text = text;
  }

  /** The rules by name, in order. */
  static Map<String, Expression> parse(String text) {
    if (text.length() > LONGEST) {
      throw new ConstraintException(
          "the grammar has %,d characters, but at most %,d are read"
              .formatted(text.length(), LONGEST));
    }
    GbnfParser parser = new GbnfParser(text);
    Map<String, Expression> rules = new LinkedHashMap<>();
    parser.skip(true);
    while (parser.at < text.length()) {
      String name = parser.name("a rule's name");
      parser.skip(false);
      parser.expect("::=");
      parser.skip(true);
      if (rules.put(name, parser.choice(false)) != null) {
        throw parser.error("rule '%s' is defined twice".formatted(name));
      }
      if (rules.size() > MOST_RULES) {
        throw parser.error("more than %,d rules are not followed".formatted(MOST_RULES));
      }
      parser.skip(true);
    }
    return rules;
  }

  private ConstraintException error(String problem) {
    int line = 1 + (int) text.substring(0, at).chars().filter(c -> c == '\n').count();
    int column = at - text.lastIndexOf('\n', at - 1);
    return new ConstraintException(
        "grammar, line %d, column %d: %s".formatted(line, column, problem));
  }

  // White space and comments; line ends only where a rule cannot end.
  private void skip(boolean lineEnds) {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (c == ' ' || c == '\t' || (lineEnds && (c == '\n' || c == '\r'))) {
        at++;
      } else {
        return;
      }
    }
  }

  private boolean accept(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(String wanted) {
    if (!text.startsWith(wanted, at)) {
      throw error("'%s' is wanted here".formatted(wanted));
    }
    at += wanted.length();
  }

  private static boolean isNameChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  private String name(String wanted) {
    int start = at;
    while (at < text.length() && isNameChar(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw error(wanted + " is wanted here, of letters, digits, '-' and '_'");
    }
    return text.substring(start, at);
  }

  private Expression choice(boolean inGroup) {
    List<Expression> parts = new ArrayList<>();
    do {
      skip(true);
      parts.add(sequence(inGroup));
    } while (accept('|'));
    return parts.size() == 1 ? parts.getFirst() : new Expression.Choice(parts);
  }

  private Expression sequence(boolean inGroup) {
    List<Expression> parts = new ArrayList<>();
    skip(inGroup);
    while (at < text.length() && !endsSequence(inGroup)) {
      parts.add(quantified(term()));
      skip(inGroup);
      continueOnNextLine(inGroup);
    }
    return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
  }

  private boolean endsSequence(boolean inGroup) {
    char c = text.charAt(at);
    return c == '|' || (inGroup && c == ')') || c == '\n' || c == '\r';
  }

  // An alternative may go on behind a line end that "|" follows.
  private void continueOnNextLine(boolean inGroup) {
    int before = at;
    if (!inGroup) {
      skip(true);
      if (at >= text.length() || text.charAt(at) != '|') {
        at = before;
      }
    }
  }

  private Expression term() {
    return switch (text.charAt(at)) {
      case '"' -> literal();
      case '[' -> new Expression.One(charClass());
      case '.' -> {
        at++;
        yield new Expression.One(CharSet.ALL);
      }
      case '(' -> group();
      default ->
          new Expression.Reference(name("a literal, a class, a group or the name of a rule"));
    };
  }

  private Expression group() {
    if (++depth > DEEPEST) {
      throw error(
          "groups are nested deeper than %d; give the inner ones rules of their own"
              .formatted(DEEPEST));
    }
    at++;
    Expression body = choice(true);
    skip(true);
    if (!accept(')')) {
      throw error("a group is not closed; add ')'");
    }
    depth--;
    return body;
  }

  private Expression literal() {
    at++;
    List<Expression> chars = new ArrayList<>();
    while (!accept('"')) {
      chars.add(new Expression.One(CharSet.of(character("a literal is not closed; add '\"'"))));
    }
    return chars.size() == 1 ? chars.getFirst() : new Expression.Sequence(chars);
  }

  private CharSet charClass() {
    at++;
    String notClosed = "a class is not closed; add ']'";
    boolean negated = accept('^');
    CharSet set = CharSet.NONE;
    while (!accept(']')) {
      int first = character(notClosed);
      int last = first;
      if (text.startsWith("-", at) && !text.startsWith("-]", at)) {
        at++;
        last = character(notClosed);
      }
      set = set.or(CharSet.range(first, last));
    }
    return negated ? set.complement() : set;
  }

  private int character(String atEnd) {
    if (at >= text.length()) {
      throw error(atEnd);
    }
    int c = text.codePointAt(at);
    at += Character.charCount(c);
    return c == '\\' ? escaped(atEnd) : c;
  }

  private int escaped(String atEnd) {
    if (at >= text.length()) {
      throw error(atEnd);
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case '"', '\\', '[', ']', '-', '^', '/' -> c;
      default -> throw error("the escape '\\%c' is not known".formatted(c));
    };
  }

  private int hex(int digits) {
    String value = text.substring(at, Math.min(text.length(), at + digits));
    if (!value.matches("[0-9a-fA-F]{" + digits + "}")) {
      throw error("the escape needs %d hexadecimal digits".formatted(digits));
    }
    at += digits;
    long c = Long.parseLong(value, 16);
    if (c > CharSet.MAX) {
      throw error("the escape names no Unicode character");
    }
    return (int) c;
  }

  private Expression quantified(Expression body) {
    Expression result = body;
    for (int i = 0; at < text.length(); i++) {
      if (i > MOST_QUANTIFIERS) {
        throw error("more than %d repetitions follow each other".formatted(MOST_QUANTIFIERS));
      }
      if (accept('*')) {
        result = new Expression.Repetition(result, 0, Integer.MAX_VALUE);
      } else if (accept('+')) {
        result = new Expression.Repetition(result, 1, Integer.MAX_VALUE);
      } else if (accept('?')) {
        result = new Expression.Repetition(result, 0, 1);
      } else if (accept('{')) {
        result = bounded(result);
      } else {
        break;
      }
    }
    return result;
  }

  private Expression bounded(Expression body) {
    int end = text.indexOf('}', at);
    String inside = end < 0 ? "" : text.substring(at, end).replace(" ", "");
    if (!inside.matches("\\d{1,20}(,\\d{0,20})?")) {
      throw error("a repetition must be {n}, {n,} or {n,m}");
    }
    String[] parts = inside.split(",", -1);
    int min = count(parts[0]);
    int max = parts.length == 1 ? min : parts[1].isEmpty() ? Integer.MAX_VALUE : count(parts[1]);
    if (max < min) {
      throw error("the bounds {%s} are the wrong way round".formatted(inside));
    }
    at = end + 1;
    return new Expression.Repetition(body, min, max);
  }

  private int count(String digits) {
    if (digits.length() > 9 || Integer.parseInt(digits) > LARGEST_COUNT) {
      throw error(
          "something is repeated %s times, but at most %,d are followed; use a smaller bound or none"
              .formatted(digits, LARGEST_COUNT));
    }
    return Integer.parseInt(digits);
  }
}
