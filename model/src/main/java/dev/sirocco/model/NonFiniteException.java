package dev.sirocco.model;

/** A model computed something that is not a finite number; the message says where and why. */
public final class NonFiniteException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NonFiniteException(String message) {
    super(message);
  }
}
