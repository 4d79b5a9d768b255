package dev.sirocco.engine;

/** As many requests wait as may; try again when some have been answered. */
public final class QueueFullException extends RuntimeException {

  private static final long serialVersionUID = 1;

  QueueFullException(String message) {
    super(message);
  }
}
