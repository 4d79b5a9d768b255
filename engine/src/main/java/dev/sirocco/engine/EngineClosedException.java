package dev.sirocco.engine;

/** The engine takes no requests any more: it is closed, or drains before closing. */
public final class EngineClosedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  EngineClosedException(String message) {
    super(message);
  }
}
