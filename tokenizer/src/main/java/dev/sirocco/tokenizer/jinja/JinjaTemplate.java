package dev.sirocco.tokenizer.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chat template in the Jinja language, rendered as Hugging Face's libraries do: with trim_blocks
 * and lstrip_blocks, without escaping, and with {@code raise_exception}, {@code strftime_now},
 * {@code namespace} and {@code range}.
 *
 * <p>A template can do nothing but compute text: it reaches no Java object, no file and no other
 * template, and the size of its values and the work it does are bounded. Immutable; safe for
 * several threads.
 */
public final class JinjaTemplate {

  private static final long LONGEST_RANGE = 100_000;

  private final List<Statement> statements;

  private JinjaTemplate(List<Statement> statements) {
    this.statements = statements;
  }

  /**
   * Parses a template.
   *
   * @throws TemplateException if it is not valid; the message names the line
   */
  public static JinjaTemplate parse(String source) {
    try {
      return new JinjaTemplate(Parser.parse(source));
    } catch (StackOverflowError e) {
      throw new TemplateException("the template is nested too deep");
    }
  }

  /**
   * Renders the template.
   *
   * @param variables null, texts, booleans, numbers (Long, BigInteger, Double), lists and maps of
   *     these
   * @throws TemplateException if it refuses the variables or cannot be rendered
   */
  public String render(Map<String, @Nullable Object> variables) {
    Scope globals = Scope.global();
    globals.set("namespace", (Callable) JinjaTemplate::namespace);
    globals.set("dict", (Callable) (arguments, named) -> new LinkedHashMap<>(named));
    globals.set("range", (Callable) (arguments, named) -> range(arguments));
    globals.set(
        "raise_exception",
        (Callable)
            (arguments, named) -> {
              throw TemplateException.refusal(
                  Values.text(Methods.argument(arguments, 0, "no reason given")));
            });
    globals.set(
        "strftime_now",
        (Callable)
            (arguments, named) ->
                DateText.now(Values.text(Methods.argument(arguments, 0, "%Y-%m-%d"))));
    variables.forEach(globals::set);
    StringBuilder out = new StringBuilder();
    try {
      new Renderer().render(statements, new Scope(globals), out);
    } catch (StackOverflowError e) {
      throw new TemplateException("the template is nested too deep");
    }
    return out.toString();
  }

  private static Object namespace(
      List<@Nullable Object> arguments, Map<String, @Nullable Object> named) {
    Map<String, @Nullable Object> attributes = new LinkedHashMap<>();
    if (Methods.argument(arguments, 0, null) instanceof Map<?, ?> initial) {
      initial.forEach((name, value) -> attributes.put(Values.text(name), value));
    }
    attributes.putAll(named);
    return new Namespace(attributes);
  }

  private static Object range(List<@Nullable Object> arguments) {
    long first = Values.integer(Methods.argument(arguments, 0, null), "range: a bound");
    boolean one = arguments.size() < 2;
    long start = one ? 0 : first;
    long stop = one ? first : Values.integer(arguments.get(1), "range: a bound");
    long step = Values.integer(Methods.argument(arguments, 2, 1L), "range: the step");
    if (step == 0) {
      throw new TemplateException("range: the step is 0; wanted another number");
    }
    List<@Nullable Object> numbers = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      if (numbers.size() >= LONGEST_RANGE) {
        throw new TemplateException(
            "range: more than %d numbers; wanted fewer".formatted(LONGEST_RANGE));
      }
      numbers.add(i);
    }
    return numbers;
  }
}
