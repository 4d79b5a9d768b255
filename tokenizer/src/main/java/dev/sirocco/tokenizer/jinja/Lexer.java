package dev.sirocco.tokenizer.jinja;

import dev.sirocco.tokenizer.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a template into tokens. White space is treated as Hugging Face sets Jinja up: the first
 * newline after a block is dropped, and so is white space from the beginning of a line to a block.
 */
final class Lexer {

  private static final String OPENERS = "{%#";
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")",
          "[", "]", "{", "}", ",", ":", ".", "|");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean startsLine = true;
  private boolean stripsNext;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer =
        new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < source.length()) {
      int tag = nextTag(at);
      text(tag);
      if (tag < source.length()) {
        char opener = source.charAt(tag + 1);
        moveTo(tag + 2);
        if (isAt('-') || isAt('+')) {
          moveTo(at + 1);
        }
        switch (opener) {
          case '#' -> comment();
          case '{' -> tag(Kind.PRINT_BEGIN, Kind.PRINT_END, "}}");
          default -> block();
        }
      }
    }
    add(Kind.END, "");
  }

  private int nextTag(int from) {
    for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && OPENERS.indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return source.length();
  }

  private void text(int end) {
    String text = source.substring(at, end);
    if (stripsNext) {
      String stripped = text.stripLeading();
      startsLine =
          text.length() > stripped.length()
              && text.charAt(text.length() - stripped.length() - 1) == '\n';
      text = stripped;
    }
    stripsNext = false;
    if (end < source.length()) {
      char opener = source.charAt(end + 1);
      char sign = end + 2 < source.length() ? source.charAt(end + 2) : ' ';
      if (sign == '-') {
        text = text.stripTrailing();
      } else if (sign != '+' && opener != '{') {
        text = withoutIndentation(text);
      }
    }
    if (!text.isEmpty()) {
      add(Kind.TEXT, text);
    }
    moveTo(end);
  }

  private String withoutIndentation(String text) {
    int lineStart = text.lastIndexOf('\n') + 1;
    boolean onlySpace = text.substring(lineStart).isBlank();
    return onlySpace && (lineStart > 0 || startsLine) ? text.substring(0, lineStart) : text;
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw error("a comment without end: wanted #}");
    }
    boolean strips = source.charAt(end - 1) == '-' && end > at;
    moveTo(end + 2);
    afterTag(strips, true);
  }

  private void afterTag(boolean strips, boolean dropsNewline) {
    stripsNext = strips;
    startsLine = false;
    if (!strips && dropsNewline && isAt('\n')) {
      moveTo(at + 1);
      startsLine = true;
    }
  }

  private void block() {
    int begin = tokens.size();
    tag(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
    if (tokens.get(begin + 1).isName("raw") && tokens.size() == begin + 3) {
      tokens.subList(begin, tokens.size()).clear();
      raw();
    }
  }

  private void raw() {
    int end = at;
    while (true) {
      end = source.indexOf("{%", end);
      if (end < 0) {
        throw error("raw text without end: wanted endraw");
      }
      String rest = source.substring(end + 2).stripLeading();
      if (rest.startsWith("endraw") || rest.startsWith("- endraw") || rest.startsWith("-endraw")) {
        break;
      }
      end += 2;
    }
    text(end);
    int begin = tokens.size();
    moveTo(end + 2);
    if (isAt('-')) {
      moveTo(at + 1);
    }
    tag(Kind.BLOCK_BEGIN, Kind.BLOCK_END, "%}");
    tokens.subList(begin, tokens.size()).clear();
  }

  private void tag(Kind begin, Kind end, String closer) {
    add(begin, closer);
    int depth = 0;
    while (true) {
      skipSpace();
      if (at >= source.length()) {
        throw error("a tag without end: wanted " + closer);
      }
      boolean signed = (isAt('-') || isAt('+')) && source.startsWith(closer, at + 1);
      if (depth == 0 && (signed || source.startsWith(closer, at))) {
        boolean strips = isAt('-');
        boolean keeps = isAt('+');
        moveTo(at + closer.length() + (signed ? 1 : 0));
        add(end, closer);
        afterTag(strips, end == Kind.BLOCK_END && !keeps);
        return;
      }
      depth += token();
    }
  }

  /** Reads one token of an expression; returns by how much brackets are nested deeper. */
  private int token() {
    char c = source.charAt(at);
    if (c == '\'' || c == '"') {
      string(c);
    } else if (isDigit(c)) {
      number();
    } else if (Character.isJavaIdentifierStart(c) && c != '$') {
      int end = at;
      while (end < source.length() && Character.isJavaIdentifierPart(source.charAt(end))) {
        end++;
      }
      add(Kind.NAME, source.substring(at, end));
      moveTo(end);
    } else {
      String operator = operator();
      add(Kind.OPERATOR, operator);
      moveTo(at + operator.length());
      return "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
    }
    return 0;
  }

  private String operator() {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        return operator;
      }
    }
    throw error("the character '%c' where an expression was wanted".formatted(source.charAt(at)));
  }

  private void number() {
    int end = digitsEnd(at);
    boolean integer = true;
    if (isDigitAt(end + 1) && source.charAt(end) == '.') {
      end = digitsEnd(end + 1);
      integer = false;
    }
    int exponent = end + 1;
    if (end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
      if (exponent < source.length() && "+-".indexOf(source.charAt(exponent)) >= 0) {
        exponent++;
      }
      if (isDigitAt(exponent)) {
        end = digitsEnd(exponent);
        integer = false;
      }
    }
    add(integer ? Kind.INTEGER : Kind.FLOAT, source.substring(at, end).replace("_", ""));
    moveTo(end);
  }

  private boolean isDigitAt(int index) {
    return index < source.length() && isDigit(source.charAt(index));
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private int digitsEnd(int from) {
    int end = from;
    while (end < source.length() && (isDigit(source.charAt(end)) || source.charAt(end) == '_')) {
      end++;
    }
    return end;
  }

  private void string(char quote) {
    StringBuilder value = new StringBuilder();
    int begin = at++;
    while (!isAt(quote)) {
      if (at >= source.length()) {
        at = begin;
        throw error("a text without end: wanted " + quote);
      }
      if (isAt('\\') && at + 1 < source.length()) {
        at++;
        escape(value);
      } else {
        value.append(source.charAt(at++));
      }
    }
    int end = at + 1;
    at = begin;
    add(Kind.STRING, value.toString());
    moveTo(end);
  }

  private void escape(StringBuilder value) {
    char c = source.charAt(at++);
    switch (c) {
      case 'n' -> value.append('\n');
      case 't' -> value.append('\t');
      case 'r' -> value.append('\r');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case '0' -> value.append('\0');
      case '\\', '\'', '"' -> value.append(c);
      case '\n' -> {}
      case 'x' -> codePoint(value, 2);
      case 'u' -> codePoint(value, 4);
      case 'U' -> codePoint(value, 8);
      default -> value.append('\\').append(c);
    }
  }

  private void codePoint(StringBuilder value, int digits) {
    int end = Math.min(at + digits, source.length());
    try {
      value.appendCodePoint(Integer.parseInt(source, at, end, 16));
    } catch (IllegalArgumentException e) {
      throw error("the escape '%s', which is no character".formatted(source.substring(at, end)));
    }
    at = end;
  }

  private boolean isAt(char c) {
    return at < source.length() && source.charAt(at) == c;
  }

  private void skipSpace() {
    int end = at;
    while (end < source.length() && Character.isWhitespace(source.charAt(end))) {
      end++;
    }
    moveTo(end);
  }

  private void moveTo(int index) {
    for (; at < index; at++) {
      if (source.charAt(at) == '\n') {
        line++;
      }
    }
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }

  private TemplateException error(String found) {
    return new TemplateException("line %d: found %s".formatted(line, found));
  }
}
