package dev.sirocco.engine.constrain.json;

import org.jspecify.annotations.Nullable;

/** The characters of a string or number read so far, last first. */
record Content(@Nullable Content before, int last) {

  static String text(@Nullable Content content) {
    StringBuilder reversed = new StringBuilder();
    for (Content c = content; c != null; c = c.before) {
      reversed.append(Character.toChars(c.last), 0, Character.charCount(c.last));
    }
    // Reversal keeps surrogate pairs in order only if they were appended as pairs, as they were.
    return reversed.reverse().toString();
  }
}
