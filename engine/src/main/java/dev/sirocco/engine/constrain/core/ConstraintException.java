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
}
