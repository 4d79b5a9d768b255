package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.regex.Regex;
import java.util.List;

/**
 * The values that a term admits, ready to be followed: arrays and objects that no value satisfies
 * are left out.
 *
 * @param admitsNull whether null is one of them
 * @param admitsFalse whether false is one of them
 * @param admitsTrue whether true is one of them
 * @param numbers writings of the numbers
 * @param strings the strings, decoded
 * @param arrays alternatives
 * @param objects alternatives
 */
public record ValueForm(
    boolean admitsNull,
    boolean admitsFalse,
    boolean admitsTrue,
    Regex numbers,
    Regex strings,
    List<ArrayPlan> arrays,
    List<ObjectShape> objects) {

  public ValueForm {
    arrays = List.copyOf(arrays);
    objects = List.copyOf(objects);
  }
}
