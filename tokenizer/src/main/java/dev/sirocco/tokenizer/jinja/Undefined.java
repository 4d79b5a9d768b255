package dev.sirocco.tokenizer.jinja;

/**
 * What a name or attribute that is not there evaluates to: empty as text, false as a condition, an
 * error in other uses.
 *
 * @param what what was looked for, for error messages
 */
record Undefined(String what) {

  TemplateException used() {
    return new TemplateException(what + " is undefined");
  }

  /** All undefined values are equal, as in Python. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Undefined;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
