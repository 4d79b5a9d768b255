package dev.sirocco.engine.constrain.schema;

import dev.sirocco.engine.constrain.core.ConstraintException;
import dev.sirocco.engine.constrain.regex.Dfa;
import dev.sirocco.engine.constrain.regex.Regex;
import dev.sirocco.engine.constrain.regex.RegexPool;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Parts the property names by the languages they are in.
 *
 * @param names the names of this part
 * @param in the languages that hold all of them; they hold none of the others
 */
record KeyCells(Regex names, Set<Regex> in) {

  private static final int MOST = 64;

  /** The parts that are not empty. */
  static List<KeyCells> partition(Dfa dfa, Set<Regex> languages) {
    RegexPool pool = dfa.pool();
    List<KeyCells> cells = List.of(new KeyCells(RegexPool.ANY, Set.of()));
    for (Regex language : languages) {
      List<KeyCells> next = new ArrayList<>();
      for (KeyCells cell : cells) {
        Regex inside = pool.and(cell.names, language);
        if (!dfa.isEmpty(inside)) {
          Set<Regex> in = new HashSet<>(cell.in);
          in.add(language);
          next.add(new KeyCells(inside, in));
        }
        Regex outside = pool.and(cell.names, pool.not(language));
        if (!dfa.isEmpty(outside)) {
          next.add(new KeyCells(outside, cell.in));
        }
      }
      if (next.size() > MOST) {
        throw new ConstraintException(
            "\"patternProperties\" overlap in more than %d ways; use fewer patterns"
                .formatted(MOST));
      }
      cells = next;
    }
    return cells;
  }
}
