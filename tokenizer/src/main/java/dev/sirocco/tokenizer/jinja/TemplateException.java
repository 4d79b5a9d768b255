package dev.sirocco.tokenizer.jinja;

/**
 * A template is not valid, cannot be rendered, or refuses what it is given; the message says why.
 */
public final class TemplateException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final boolean refusal;

  TemplateException(String message) {
    this(message, false);
  }

  private TemplateException(String message, boolean refusal) {
    super(message);
    this.refusal = refusal;
  }

  /** What a template says by {@code raise_exception}. */
  static TemplateException refusal(String message) {
    return new TemplateException(message, true);
  }

  /** Whether the template itself refuses its input, by {@code raise_exception}. */
  public boolean isRefusal() {
    return refusal;
  }

  /** The same with the line in front, unless it is there or the template's own message. */
  TemplateException at(int line) {
    String message = String.valueOf(getMessage());
    return refusal || message.startsWith("line ")
        ? this
        : new TemplateException("line %d: %s".formatted(line, message));
  }
}
