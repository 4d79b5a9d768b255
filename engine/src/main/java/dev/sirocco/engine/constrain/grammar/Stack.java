package dev.sirocco.engine.constrain.grammar;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where rules that are being followed go on when they end, all possibilities at once: a
 * graph-structured stack (Tomita 1987). Equal stacks are the same object.
 *
 * @param number of the stack, in order of creation
 * @param tops the possibilities
 */
record Stack(int number, Set<Top> tops) {

  /**
   * One possibility.
   *
   * @param returnTo node to go on at; {@link #END} for the end of the text
   * @param rest the stack below; null at the end of the text
   */
  record Top(int returnTo, @Nullable Stack rest) {
    static final int END = -1;
  }

  @Override
  public boolean equals(Object o) {
    return o == this;
  }

  @Override
  public int hashCode() {
    return number;
  }
}
