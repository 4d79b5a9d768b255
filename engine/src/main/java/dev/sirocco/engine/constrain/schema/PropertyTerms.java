package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.CharState;
import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the value of a property must satisfy. */
final class PropertyTerms {

  private PropertyTerms() {}

  /** The term for property {@code name}; the false one if the name itself is not possible. */
  static Term of(Dfa dfa, Terms terms, ObjectShape shape, String name) {
    if (!matches(dfa, shape.names(), name)) {
      return terms.falsehood();
    }
    Term result = terms.truth();
    for (Layer layer : shape.layers()) {
      Term own = layer.properties().get(name);
      result = terms.and(result, term(terms, layer, own, pattern -> matches(dfa, pattern, name)));
    }
    return result;
  }

  /** The term for names that no layer lists and that are in exactly the languages {@code in}. */
  static Term ofUnlisted(Terms terms, ObjectShape shape, Set<Regex> in) {
    if (shape.names() != RegexPool.ANY && !in.contains(shape.names())) {
      return terms.falsehood();
    }
    Term result = terms.truth();
    for (Layer layer : shape.layers()) {
      result =
          terms.and(result, term(terms, layer, null, p -> p == RegexPool.ANY || in.contains(p)));
    }
    return result;
  }

  private static Term term(
      Terms terms, Layer layer, @Nullable Term own, Predicate<Regex> matching) {
    Term result = own == null ? terms.truth() : own;
    boolean covered = own != null;
    for (Layer.Pattern pattern : layer.patterns()) {
      if (matching.test(pattern.names())) {
        result = terms.and(result, pattern.term());
        covered = true;
      }
    }
    return covered ? result : layer.additional();
  }

  static boolean matches(Dfa dfa, Regex regex, String text) {
    if (regex == RegexPool.ANY) {
      return true;
    }
    CharState state = dfa.start(regex);
    for (int i = 0;
        state != null && i < text.length();
        i += Character.charCount(text.codePointAt(i))) {
      state = state.next(text.codePointAt(i));
    }
    return state != null && state.accepting();
  }
}
