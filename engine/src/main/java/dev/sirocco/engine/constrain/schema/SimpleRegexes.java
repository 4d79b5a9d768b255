package dev.sirocco.engine.constrain.schema;

/**
 * Regular expressions that are surely valid, for the format {@code regex}: the language of all of
 * them is not regular, so groups are nested at most twice.
 */
final class SimpleRegexes {

  private static final String ESCAPE = "\\\\[dDwWsStnrvf.*+?^$|(){}\\[\\]\\\\/-]";

  private static final String IN_CLASS = "[A-Za-z0-9 _.,:;!@#%*+?=<>~'\"/|(){}$]";

  private static final String CLASS =
      "\\[\\^?(?:az|AZ|09|I|E)+-?\\]"
          .replace("az", "a-z")
          .replace("AZ", "A-Z")
          .replace("09", "0-9")
          .replace("I", IN_CLASS)
          .replace("E", ESCAPE);

  private static final String QUANTIFIER = "(?:[*+?]\\??|\\{\\d{1,3}(?:,)?\\})?";

  private static final String ATOM =
      "(?:[^\\\\^$.|?*+()\\[\\]{}]|\\.|" + ESCAPE + "|" + CLASS + ")" + QUANTIFIER;

  /** Alternatives of atoms, with two levels of groups. */
  static final String PATTERN = level(level(level("", ATOM), ATOM), ATOM);

  private SimpleRegexes() {}

  private static String level(String inner, String atom) {
    String group = inner.isEmpty() ? "" : "|\\((?:\\?:)?" + inner + "\\)" + QUANTIFIER;
    return "(?:[\\^$]|" + atom + group + "|\\|)*";
  }
}
