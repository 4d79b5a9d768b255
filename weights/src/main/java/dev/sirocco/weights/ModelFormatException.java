package dev.sirocco.weights;

/**
 * A model file cannot be used; the message names the file, the field, the value found, the value
 * wanted, and the remedy.
 */
public class ModelFormatException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ModelFormatException(String message) {
    super(message);
  }

  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
