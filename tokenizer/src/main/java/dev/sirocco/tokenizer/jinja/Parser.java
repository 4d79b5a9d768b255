package dev.sirocco.tokenizer.jinja;

import dev.sirocco.tokenizer.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Parses the statements of a template. */
final class Parser {

  private static final int DEEPEST = 100;

  private final ExpressionParser in;
  private int depth;

  private Parser(List<Token> tokens) {
    this.in = new ExpressionParser(tokens);
  }

  static List<Statement> parse(String template) {
    Parser parser = new Parser(Lexer.tokens(template));
    List<Statement> statements = parser.body(Set.of());
    if (parser.in.peek().kind() != Kind.END) {
      throw parser.in.unexpected("the end of the template");
    }
    return statements;
  }

  /** Statements up to a block with one of the given names, which is then next, after its opener. */
  private List<Statement> body(Set<String> ends) {
    if (++depth > DEEPEST) {
      throw new TemplateException("blocks are nested more than %d deep".formatted(DEEPEST));
    }
    List<Statement> statements = new ArrayList<>();
    while (in.peek().kind() != Kind.END) {
      Token token = in.next();
      switch (token.kind()) {
        case TEXT -> statements.add(new Statement.Text(token.text()));
        case PRINT_BEGIN -> {
          statements.add(new Statement.Print(in.parseTuple(), token.line()));
          in.expect(Kind.PRINT_END, "}}");
        }
        default -> {
          if (ends.contains(in.peek().text())) {
            depth--;
            return statements;
          }
          statements.addAll(block(token.line()));
        }
      }
    }
    if (!ends.isEmpty()) {
      throw in.unexpected(String.join(" or ", ends.stream().sorted().toList()));
    }
    depth--;
    return statements;
  }

  private List<Statement> block(int line) {
    Token token = in.peek();
    String name = in.expectName();
    return switch (name) {
      case "if" -> List.of(ifBlock(line));
      case "for" -> List.of(forBlock(line));
      case "set" -> List.of(setBlock(line));
      case "macro" -> List.of(macro());
      case "with" -> List.of(with(line));
      case "filter" -> List.of(filterBlock(line));
      case "generation" -> {
        endOfBlock();
        yield bodyTo("endgeneration");
      }
      case "break" -> {
        endOfBlock();
        yield List.of(new Statement.Break());
      }
      case "continue" -> {
        endOfBlock();
        yield List.of(new Statement.Continue());
      }
      default ->
          throw new TemplateException(
              "line %d: found the block %s, which chat templates cannot use here"
                  .formatted(line, token));
    };
  }

  private void endOfBlock() {
    in.expect(Kind.BLOCK_END, "%}");
  }

  private List<Statement> bodyTo(String end) {
    List<Statement> body = body(Set.of(end));
    in.next();
    endOfBlock();
    return body;
  }

  private Statement ifBlock(int line) {
    Expression condition = in.parseTuple();
    endOfBlock();
    List<Statement> then = body(Set.of("elif", "else", "endif"));
    List<Statement> otherwise = List.of();
    String end = in.next().text();
    if (end.equals("elif")) {
      otherwise = List.of(ifBlock(line));
    } else {
      endOfBlock();
      if (end.equals("else")) {
        otherwise = bodyTo("endif");
      }
    }
    return new Statement.If(condition, then, otherwise, line);
  }

  private Statement forBlock(int line) {
    List<String> targets = targets();
    if (!in.acceptName("in")) {
      throw in.unexpected("in");
    }
    Expression items = in.parseOr();
    Optional<Expression> condition =
        in.acceptName("if") ? Optional.of(in.parse()) : Optional.empty();
    endOfBlock();
    List<Statement> body = body(Set.of("else", "endfor"));
    boolean hasElse = in.next().isName("else");
    endOfBlock();
    List<Statement> otherwise = hasElse ? bodyTo("endfor") : List.of();
    return new Statement.For(targets, items, condition, body, otherwise, line);
  }

  private List<String> targets() {
    boolean bracketed = in.acceptOperator("(");
    List<String> targets = new ArrayList<>(List.of(in.expectName()));
    while (in.acceptOperator(",")) {
      targets.add(in.expectName());
    }
    if (bracketed) {
      in.expectOperator(")");
    }
    return targets;
  }

  private Statement setBlock(int line) {
    List<String> targets = targets();
    if (in.acceptOperator(".")) {
      String attribute = in.expectName();
      in.expectOperator("=");
      Expression value = in.parseTuple();
      endOfBlock();
      return new Statement.SetAttribute(targets.getFirst(), attribute, value, line);
    }
    if (in.acceptOperator("=")) {
      Expression value = in.parseTuple();
      endOfBlock();
      return new Statement.Set(targets, value, line);
    }
    List<Expression.Filter> filters = filters();
    endOfBlock();
    return new Statement.SetBlock(targets.getFirst(), filters, bodyTo("endset"), line);
  }

  private List<Expression.Filter> filters() {
    List<Expression.Filter> filters = new ArrayList<>();
    while (in.peek().isOperator("|")) {
      filters.add(in.parseFilter(new Expression.Literal("")));
    }
    return filters;
  }

  private Statement filterBlock(int line) {
    String name = in.expectName();
    Expression.Arguments arguments =
        in.peek().isOperator("(") ? in.parseArguments() : Expression.Arguments.NONE;
    List<Expression.Filter> filters = new ArrayList<>();
    filters.add(new Expression.Filter(new Expression.Literal(""), name, arguments));
    filters.addAll(filters());
    endOfBlock();
    return new Statement.FilterBlock(filters, bodyTo("endfilter"), line);
  }

  private Statement macro() {
    String name = in.expectName();
    List<String> parameters = new ArrayList<>();
    Map<String, Expression> defaults = new LinkedHashMap<>();
    in.expectOperator("(");
    while (!in.acceptOperator(")")) {
      String parameter = in.expectName();
      parameters.add(parameter);
      if (in.acceptOperator("=")) {
        defaults.put(parameter, in.parse());
      }
      if (!in.peek().isOperator(")")) {
        in.expectOperator(",");
      }
    }
    endOfBlock();
    return new Statement.Macro(name, parameters, defaults, bodyTo("endmacro"));
  }

  private Statement with(int line) {
    Map<String, Expression> values = new LinkedHashMap<>();
    while (in.peek().kind() != Kind.BLOCK_END) {
      String name = in.expectName();
      in.expectOperator("=");
      values.put(name, in.parse());
      if (!in.acceptOperator(",")) {
        break;
      }
    }
    endOfBlock();
    return new Statement.With(values, bodyTo("endwith"), line);
  }
}
