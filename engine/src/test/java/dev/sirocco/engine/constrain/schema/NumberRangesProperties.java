package dev.sirocco.engine.constrain.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.math.BigDecimal;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class NumberRangesProperties {

  @Provide
  Arbitrary<BigDecimal> numbers() {
    return Arbitraries.bigDecimals()
        .between(new BigDecimal("-1200"), new BigDecimal("1200"))
        .ofScale(2);
  }

  @Property(tries = 300)
  void aWritingIsInARangeIfItsNumberIs(
      @ForAll("numbers") BigDecimal bound,
      @ForAll("numbers") BigDecimal number,
      @ForAll boolean exclusive,
      @ForAll boolean stripped) {
    RegexPool pool = new RegexPool();
    Dfa dfa = new Dfa(pool);
    NumberRanges ranges = new NumberRanges(pool);
    String text = stripped ? number.stripTrailingZeros().toPlainString() : number.toPlainString();
    int order = number.compareTo(bound);
    assertThat(PropertyTerms.matches(dfa, ranges.atLeast(bound, exclusive).plain(), text))
        .isEqualTo(exclusive ? order > 0 : order >= 0);
    assertThat(PropertyTerms.matches(dfa, ranges.atMost(bound, exclusive).plain(), text))
        .isEqualTo(exclusive ? order < 0 : order <= 0);
    assertThat(PropertyTerms.matches(dfa, ranges.equalTo(bound).plain(), text))
        .isEqualTo(order == 0);
  }

  @Property(tries = 150)
  void exponentsNeverLeadOutOfARange(
      @ForAll("numbers") BigDecimal bound,
      @ForAll("numbers") BigDecimal mantissa,
      @ForAll @net.jqwik.api.constraints.IntRange(min = -6, max = 6) int exponent) {
    RegexPool pool = new RegexPool();
    Dfa dfa = new Dfa(pool);
    NumberRanges ranges = new NumberRanges(pool);
    String text = mantissa.toPlainString() + "e" + exponent;
    BigDecimal number = new BigDecimal(text);
    Numbers range = ranges.atLeast(bound, false);
    if (PropertyTerms.matches(dfa, range.surely(), text)) {
      assertThat(number).isGreaterThanOrEqualTo(bound);
    }
    if (!PropertyTerms.matches(dfa, range.perhaps(), text)) {
      assertThat(number).isLessThan(bound);
    }
  }
}
