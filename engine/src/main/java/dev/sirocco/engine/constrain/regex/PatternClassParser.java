package dev.sirocco.engine.constrain.regex;

/** Parses what stands in brackets, from behind the opening one to behind the closing one. */
final class PatternClassParser {

  private final PatternParser in;

  PatternClassParser(PatternParser in) {
    this.in = in;
  }

  CharSet parse() {
    boolean negated = in.accept('^');
    CharSet set = CharSet.NONE;
    while (!in.accept(']')) {
      CharSet first = atom();
      if (in.startsWith("-") && !in.startsWith("-]")) {
        in.accept('-');
        set = set.or(range(first, atom()));
      } else {
        set = set.or(first);
      }
    }
    return negated ? set.complement() : set;
  }

  private CharSet atom() {
    return !in.atEnd() && in.peek() == '\\' ? in.escape(true) : CharSet.of(in.take());
  }

  // Annex B: a class such as \w at either end makes the hyphen a character of its own.
  private static CharSet range(CharSet first, CharSet last) {
    if (isSingle(first) && isSingle(last)) {
      return CharSet.range(first.first(0), last.first(0));
    }
    return first.or(last).or(CharSet.of('-'));
  }

  private static boolean isSingle(CharSet set) {
    return set.rangeCount() == 1 && set.first(0) == set.last(0);
  }
}
