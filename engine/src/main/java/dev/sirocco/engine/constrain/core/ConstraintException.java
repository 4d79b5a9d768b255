package dev.sirocco.engine.constrain.core;

/**
 * A schema, pattern or grammar is wrong, or asks for something that would not be enforced exactly.
 * The message names the keyword or place, what was found, and what to do.
 */
public final class ConstraintException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  public ConstraintException(String message) {
    super(message);
  }

  /**
   * The same refusal with what it is about in front, unless its message begins with a place in a
   * schema already.
   *
   * @param place such as {@code #/properties/p} or {@code rule 'x'}
   */
  public ConstraintException at(String place) {
    String message = String.valueOf(getMessage());
    return message.startsWith("#") ? this : new ConstraintException(place + ": " + message);
  }
}
