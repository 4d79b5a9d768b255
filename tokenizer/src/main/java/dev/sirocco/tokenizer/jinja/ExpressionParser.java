package dev.sirocco.tokenizer.jinja;

import dev.sirocco.tokenizer.jinja.Expression.Arguments;
import dev.sirocco.tokenizer.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Parses expressions by recursive descent, the weakest operator first. */
final class ExpressionParser {

  private static final int DEEPEST = 200;
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> AFTER_TEST =
      Set.of("else", "or", "and", "is", "if", "not", "in");

  private final List<Token> tokens;
  private int at;
  private int depth;

  ExpressionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token next() {
    Token token = tokens.get(at);
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  boolean acceptOperator(String operator) {
    boolean there = peek().isOperator(operator);
    if (there) {
      at++;
    }
    return there;
  }

  boolean acceptName(String name) {
    boolean there = peek().isName(name);
    if (there) {
      at++;
    }
    return there;
  }

  void expectOperator(String operator) {
    if (!acceptOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expect(Kind kind, String wanted) {
    if (next().kind() != kind) {
      at--;
      throw unexpected(wanted);
    }
  }

  String expectName() {
    if (peek().kind() != Kind.NAME) {
      throw unexpected("a name");
    }
    return next().text();
  }

  TemplateException unexpected(String wanted) {
    return new TemplateException(
        "line %d: found %s; wanted %s".formatted(peek().line(), peek(), wanted));
  }

  /** An expression, or several with commas between, which are a tuple. */
  Expression parseTuple() {
    Expression first = parse();
    if (!peek().isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (acceptOperator(",") && !endsTuple()) {
      items.add(parse());
    }
    return new Expression.Items(items);
  }

  private boolean endsTuple() {
    Kind kind = peek().kind();
    return kind == Kind.BLOCK_END || kind == Kind.PRINT_END || peek().isOperator(")");
  }

  Expression parse() {
    if (++depth > DEEPEST) {
      throw new TemplateException(
          "line %d: expressions are nested more than %d deep".formatted(peek().line(), DEEPEST));
    }
    Expression value = parseOr();
    while (acceptName("if")) {
      Expression condition = parseOr();
      Optional<Expression> otherwise = acceptName("else") ? Optional.of(parse()) : Optional.empty();
      value = new Expression.Conditional(condition, value, otherwise);
    }
    depth--;
    return value;
  }

  /** An expression without a condition behind it, as after {@code in} of a loop. */
  Expression parseOr() {
    Expression left = parseAnd();
    while (acceptName("or")) {
      left = new Expression.Binary("or", left, parseAnd());
    }
    return left;
  }

  private Expression parseAnd() {
    Expression left = parseNot();
    while (acceptName("and")) {
      left = new Expression.Binary("and", left, parseNot());
    }
    return left;
  }

  private Expression parseNot() {
    int nots = 0;
    while (acceptName("not")) {
      nots++;
    }
    Expression value = parseComparison();
    if (nots > 0) {
      value = new Expression.Unary("not", value);
    }
    return nots > 0 && nots % 2 == 0 ? new Expression.Unary("not", value) : value;
  }

  private Expression parseComparison() {
    Expression first = parseSum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      if (peek().kind() == Kind.OPERATOR && COMPARISONS.contains(peek().text())) {
        operators.add(next().text());
      } else if (acceptName("in")) {
        operators.add("in");
      } else if (peek().isName("not") && tokens.get(at + 1).isName("in")) {
        at += 2;
        operators.add("not in");
      } else {
        break;
      }
      others.add(parseSum());
    }
    return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others);
  }

  private Expression parseSum() {
    Expression left = parseConcatenation();
    while (peek().isOperator("+") || peek().isOperator("-")) {
      left = new Expression.Binary(next().text(), left, parseConcatenation());
    }
    return left;
  }

  private Expression parseConcatenation() {
    Expression left = parseProduct();
    while (acceptOperator("~")) {
      left = new Expression.Binary("~", left, parseProduct());
    }
    return left;
  }

  private Expression parseProduct() {
    Expression left = parseUnary(true);
    while (peek().isOperator("*")
        || peek().isOperator("/")
        || peek().isOperator("//")
        || peek().isOperator("%")) {
      left = new Expression.Binary(next().text(), left, parseUnary(true));
    }
    return left;
  }

  private Expression parseUnary(boolean withFilters) {
    Expression value;
    if (peek().isOperator("-") || peek().isOperator("+")) {
      String operator = next().text();
      if (++depth > DEEPEST) {
        throw unexpected("fewer signs");
      }
      value = new Expression.Unary(operator, parseUnary(false));
      depth--;
    } else {
      value = parsePostfix(parsePrimary());
    }
    return withFilters ? parseFilters(value) : value;
  }

  private Expression parsePrimary() {
    Token token = next();
    return switch (token.kind()) {
      case NAME ->
          switch (token.text()) {
            case "true", "True" -> new Expression.Literal(true);
            case "false", "False" -> new Expression.Literal(false);
            case "none", "None" -> new Expression.Literal(null);
            default -> new Expression.Name(token.text());
          };
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (peek().kind() == Kind.STRING) {
          text.append(next().text());
        }
        yield new Expression.Literal(text.toString());
      }
      case INTEGER -> new Expression.Literal(integer(token));
      case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
      case OPERATOR -> parseBracketed(token);
      default -> {
        at--;
        throw unexpected("an expression");
      }
    };
  }

  private static long integer(Token token) {
    try {
      return Long.parseLong(token.text());
    } catch (NumberFormatException e) {
      throw new TemplateException(
          "line %d: found the number %s; wanted one of 64 bits"
              .formatted(token.line(), token.text()));
    }
  }

  private Expression parseBracketed(Token token) {
    return switch (token.text()) {
      case "(" -> parseParentheses();
      case "[" -> parseList();
      case "{" -> parseDict();
      default -> {
        at--;
        throw unexpected("an expression");
      }
    };
  }

  private Expression parseParentheses() {
    if (acceptOperator(")")) {
      return new Expression.Items(List.of());
    }
    Expression value = parseTuple();
    expectOperator(")");
    return value;
  }

  private Expression parseList() {
    List<Expression> items = new ArrayList<>();
    while (!acceptOperator("]")) {
      items.add(parse());
      if (!peek().isOperator("]")) {
        expectOperator(",");
      }
    }
    return new Expression.Items(items);
  }

  private Expression parseDict() {
    List<Map.Entry<Expression, Expression>> entries = new ArrayList<>();
    while (!acceptOperator("}")) {
      Expression key = parse();
      expectOperator(":");
      entries.add(Map.entry(key, parse()));
      if (!peek().isOperator("}")) {
        expectOperator(",");
      }
    }
    return new Expression.Dict(entries);
  }

  private Expression parsePostfix(Expression start) {
    Expression value = start;
    while (true) {
      if (acceptOperator(".")) {
        value =
            peek().kind() == Kind.INTEGER
                ? new Expression.Subscript(value, new Expression.Literal(integer(next())))
                : new Expression.Attribute(value, expectName());
      } else if (acceptOperator("[")) {
        value = parseSubscript(value);
      } else if (peek().isOperator("(")) {
        value = new Expression.Call(value, parseArguments());
      } else {
        return value;
      }
    }
  }

  private Expression parseSubscript(Expression object) {
    Optional<Expression> start = optionalBound();
    if (acceptOperator("]")) {
      return new Expression.Subscript(object, start.orElseThrow(() -> unexpected("an index")));
    }
    expectOperator(":");
    Optional<Expression> stop = optionalBound();
    Optional<Expression> step = acceptOperator(":") ? optionalBound() : Optional.empty();
    expectOperator("]");
    return new Expression.Slice(object, start, stop, step);
  }

  private Optional<Expression> optionalBound() {
    return peek().isOperator(":") || peek().isOperator("]")
        ? Optional.empty()
        : Optional.of(parse());
  }

  Arguments parseArguments() {
    expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!acceptOperator(")")) {
      if (peek().kind() == Kind.NAME && tokens.get(at + 1).isOperator("=")) {
        String name = expectName();
        expectOperator("=");
        named.put(name, parse());
      } else {
        positional.add(parse());
      }
      if (!peek().isOperator(")")) {
        expectOperator(",");
      }
    }
    return new Arguments(positional, named);
  }

  private Expression parseFilters(Expression start) {
    Expression value = start;
    while (true) {
      if (peek().isOperator("|")) {
        value = parseFilter(value);
      } else if (acceptName("is")) {
        value = parseTest(value);
      } else if (peek().isOperator("(")) {
        value = new Expression.Call(value, parseArguments());
      } else {
        return value;
      }
    }
  }

  Expression.Filter parseFilter(Expression value) {
    expectOperator("|");
    String name = expectName();
    Arguments arguments = peek().isOperator("(") ? parseArguments() : Arguments.NONE;
    return new Expression.Filter(value, name, arguments);
  }

  private Expression parseTest(Expression value) {
    boolean negated = acceptName("not");
    String name = expectName();
    Arguments arguments = Arguments.NONE;
    if (peek().isOperator("(")) {
      arguments = parseArguments();
    } else if (beginsTestArgument()) {
      arguments = new Arguments(List.of(parsePostfix(parsePrimary())), Map.of());
    }
    return new Expression.Test(value, name, arguments, negated);
  }

  private boolean beginsTestArgument() {
    Token token = peek();
    return switch (token.kind()) {
      case NAME -> !AFTER_TEST.contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      default -> token.isOperator("[") || token.isOperator("{");
    };
  }
}
