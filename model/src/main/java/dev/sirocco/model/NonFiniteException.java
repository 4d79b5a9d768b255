package dev.sirocco.model;

import java.util.stream.IntStream;

/** A model computed something that is not a finite number; the message says where and why. */
public final class NonFiniteException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int[] rows;

  NonFiniteException(String message, int[] rows) {
    super(message);
    this.rows = rows;
  }

  /**
   * The rows it happened in: of the batch, or of the logits that were asked for. The other rows do
   * not depend on them.
   */
  public IntStream rows() {
    return IntStream.of(rows);
  }
}
