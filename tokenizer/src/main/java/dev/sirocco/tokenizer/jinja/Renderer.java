package dev.sirocco.tokenizer.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Carries out statements. */
final class Renderer {

  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  void render(List<Statement> statements, Scope scope, StringBuilder out) {
    run(statements, scope, out);
  }

  private Flow run(List<Statement> statements, Scope scope, StringBuilder out) {
    for (Statement statement : statements) {
      scope.work().steps(1);
      int before = out.length();
      Flow flow = run(statement, scope, out);
      scope.work().characters(out.length() - before);
      Values.requireSize(out.length());
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow run(Statement statement, Scope scope, StringBuilder out) {
    switch (statement) {
      case Statement.Text text -> out.append(text.text());
      case Statement.Print print ->
          out.append(Values.text(value(print.value(), scope, print.line())));
      case Statement.If branch -> {
        boolean holds = Values.isTrue(value(branch.condition(), scope, branch.line()));
        return run(holds ? branch.then() : branch.otherwise(), scope, out);
      }
      case Statement.For loop -> {
        return run(loop, scope, out);
      }
      case Statement.Set set ->
          assign(set.targets(), value(set.value(), scope, set.line()), scope, set.line());
      case Statement.SetAttribute set -> setAttribute(set, scope);
      case Statement.SetBlock set ->
          scope.set(set.target(), filtered(set.filters(), set.body(), scope, set.line()));
      case Statement.FilterBlock block ->
          out.append(Values.text(filtered(block.filters(), block.body(), scope, block.line())));
      case Statement.Macro macro -> scope.set(macro.name(), callable(macro, scope));
      case Statement.With with -> {
        Scope inner = new Scope(scope);
        with.values().forEach((name, value) -> inner.set(name, value(value, scope, with.line())));
        return run(with.body(), inner, out);
      }
      case Statement.Break stop -> {
        return Flow.BREAK;
      }
      case Statement.Continue skip -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.NEXT;
  }

  private static @Nullable Object value(Expression expression, Scope scope, int line) {
    try {
      return Evaluator.evaluate(expression, scope);
    } catch (TemplateException e) {
      throw e.at(line);
    }
  }

  private Flow run(Statement.For loop, Scope scope, StringBuilder out) {
    List<@Nullable Object> items = loopItems(loop, scope);
    if (items.isEmpty()) {
      return run(loop.otherwise(), scope, out);
    }
    Loop state = new Loop(items);
    for (int i = 0; i < items.size(); i++) {
      Scope inner = new Scope(scope);
      state.moveTo(i);
      inner.set("loop", state);
      assign(loop.targets(), items.get(i), inner, loop.line());
      if (run(loop.body(), inner, out) == Flow.BREAK) {
        break;
      }
    }
    return Flow.NEXT;
  }

  private List<@Nullable Object> loopItems(Statement.For loop, Scope scope) {
    try {
      List<@Nullable Object> items = Values.items(Evaluator.evaluate(loop.items(), scope));
      scope.work().steps(items.size());
      if (loop.condition().isPresent()) {
        items.removeIf(
            item -> {
              Scope inner = new Scope(scope);
              assign(loop.targets(), item, inner, loop.line());
              return !Values.isTrue(Evaluator.evaluate(loop.condition().get(), inner));
            });
      }
      return items;
    } catch (TemplateException e) {
      throw e.at(loop.line());
    }
  }

  private static void assign(List<String> targets, @Nullable Object value, Scope scope, int line) {
    if (targets.size() == 1) {
      scope.set(targets.getFirst(), value);
      return;
    }
    List<@Nullable Object> values = Values.items(value);
    if (values.size() != targets.size()) {
      throw new TemplateException(
              "%d values for the names %s".formatted(values.size(), String.join(", ", targets)))
          .at(line);
    }
    for (int i = 0; i < targets.size(); i++) {
      scope.set(targets.get(i), values.get(i));
    }
  }

  private static void setAttribute(Statement.SetAttribute set, Scope scope) {
    if (!(scope.get(set.object()) instanceof Namespace namespace)) {
      throw new TemplateException(
              "cannot set %s.%s: only a namespace's attributes can be set"
                  .formatted(set.object(), set.name()))
          .at(set.line());
    }
    namespace.attributes().put(set.name(), value(set.value(), scope, set.line()));
  }

  private @Nullable Object filtered(
      List<Expression.Filter> filters, List<Statement> body, Scope scope, int line) {
    StringBuilder text = new StringBuilder();
    run(body, new Scope(scope), text);
    Object value = text.toString();
    for (Expression.Filter filter : filters) {
      try {
        value = Evaluator.filter(filter, value, scope);
      } catch (TemplateException e) {
        throw e.at(line);
      }
    }
    return value;
  }

  private Callable callable(Statement.Macro macro, Scope defined) {
    return (arguments, named) -> {
      Scope scope = new Scope(defined);
      for (int i = 0; i < macro.parameters().size(); i++) {
        scope.set(macro.parameters().get(i), parameter(macro, i, arguments, named, scope));
      }
      StringBuilder text = new StringBuilder();
      run(macro.body(), scope, text);
      return text.toString();
    };
  }

  private static @Nullable Object parameter(
      Statement.Macro macro,
      int index,
      List<@Nullable Object> arguments,
      Map<String, @Nullable Object> named,
      Scope scope) {
    String name = macro.parameters().get(index);
    if (index < arguments.size()) {
      return arguments.get(index);
    }
    if (named.containsKey(name)) {
      return named.get(name);
    }
    Expression otherwise = macro.defaults().get(name);
    return otherwise == null
        ? new Undefined("parameter '%s' of '%s'".formatted(name, macro.name()))
        : Evaluator.evaluate(otherwise, scope);
  }
}
