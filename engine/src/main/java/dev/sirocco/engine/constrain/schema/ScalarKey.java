package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Names for scalars that are equal if and only if the scalars are, for arrays of unique items. */
public final class ScalarKey {

  private ScalarKey() {}

  public static String ofString(String text) {
    return "s" + text;
  }

  /** The key of a number in decimal writing. */
  public static String ofNumber(String writing) {
    BigDecimal value = new BigDecimal(writing);
    return "n" + (value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString());
  }

  public static String ofLiteral(String literal) {
    return "l" + literal;
  }

  /** The scalars of {@code form} whose keys are not {@code taken}; numbers without exponent. */
  static ValueForm without(
      RegexPool pool, NumberRanges ranges, NormalForm form, Set<String> taken) {
    List<String> texts = new ArrayList<>();
    List<Regex> numbers = new ArrayList<>();
    for (String key : taken) {
      if (key.startsWith("s")) {
        texts.add(key.substring(1));
      } else if (key.startsWith("n")) {
        numbers.add(ranges.equalTo(new BigDecimal(key.substring(1))).plain());
      }
    }
    return new ValueForm(
        (form.literals() & NormalForm.NULL) != 0 && !taken.contains("lnull"),
        (form.literals() & NormalForm.FALSE) != 0 && !taken.contains("lfalse"),
        (form.literals() & NormalForm.TRUE) != 0 && !taken.contains("ltrue"),
        minus(pool, form.numbers().plain(), pool.or(numbers)),
        texts.isEmpty() ? form.strings() : minus(pool, form.strings(), pool.oneOf(texts)),
        List.of(),
        List.of());
  }

  private static Regex minus(RegexPool pool, Regex a, Regex b) {
    return b == Regex.NOTHING ? a : pool.and(a, pool.not(b));
  }
}
