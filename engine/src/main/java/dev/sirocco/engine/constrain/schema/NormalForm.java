package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Regex;
import java.util.List;

/**
 * A set of JSON values, by type: scalars as languages of their writings, arrays and objects as
 * alternatives.
 *
 * @param literals bits {@link #NULL}, {@link #FALSE}, {@link #TRUE}
 * @param numbers the numbers
 * @param strings the strings, decoded
 * @param approximate whether {@code strings} may lack some strings, so that it has no complement
 * @param arrays a value is one of them
 * @param objects a value is one of them
 */
record NormalForm(
    int literals,
    Numbers numbers,
    Regex strings,
    boolean approximate,
    List<ArrayShape> arrays,
    List<ObjectShape> objects) {

  static final int NULL = 1;
  static final int FALSE = 2;
  static final int TRUE = 4;
  static final int ALL_LITERALS = 7;

  static final NormalForm NONE =
      new NormalForm(0, Numbers.NONE, Regex.NOTHING, false, List.of(), List.of());

  NormalForm {
    arrays = List.copyOf(arrays);
    objects = List.copyOf(objects);
  }

  NormalForm withLiterals(int value) {
    return new NormalForm(value, numbers, strings, approximate, arrays, objects);
  }

  NormalForm withNumbers(Numbers value) {
    return new NormalForm(literals, value, strings, approximate, arrays, objects);
  }

  NormalForm withStrings(Regex value, boolean inexact) {
    return new NormalForm(literals, numbers, value, inexact, arrays, objects);
  }

  NormalForm withArrays(List<ArrayShape> value) {
    return new NormalForm(literals, numbers, strings, approximate, value, objects);
  }

  NormalForm withObjects(List<ObjectShape> value) {
    return new NormalForm(literals, numbers, strings, approximate, arrays, value);
  }
}
