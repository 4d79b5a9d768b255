package dev.sirocco.engine.constrain.schema;

/** Patterns of URIs (RFC 3986, appendix A), IRIs (RFC 3987) and URI templates (RFC 6570). */
final class Uris {

  /** Letters beyond ASCII that a URI may contain unescaped: none. */
  static final String ASCII = "";

  /** Letters beyond ASCII that an IRI may contain unescaped. */
  static final String UNICODE =
      "\\u{A0}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFEF}\\u{10000}-\\u{1FFFD}";

  private static final String ESCAPED = "%[0-9A-Fa-f]{2}";

  /** Literals and expressions such as <code>{+path,x:3}</code>. */
  static final String TEMPLATE =
      "(?:[!#$&(-;=?-\\[\\]_a-z~\\u{A0}-\\u{D7FF}]|"
          + ESCAPED
          + "|\\{[+#./;?&]?V(?:,V)*\\})*"
              .replace(
                  "V", "(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})[A-Za-z0-9_.]*(?::[1-9]\\d{0,3}|\\*)?");

  private Uris() {}

  private static String characters(String letters, String more) {
    return "(?:[A-Za-z0-9._~!$&'()*+,;=" + more + letters + "-]|" + ESCAPED + ")";
  }

  private static String path(String letters, String start) {
    String segment = characters(letters, ":@");
    return start + "(?:/" + segment + "*)*";
  }

  private static String authority(String letters) {
    return "//(?:"
        + characters(letters, ":")
        + "*@)?(?:"
        + characters(letters, "")
        + "*|\\[[0-9A-Fa-f:.]+\\])(?::\\d*)?(?:/"
        + characters(letters, ":@")
        + "*)*";
  }

  private static String suffix(String letters) {
    String tail = characters(letters, ":@/?");
    return "(?:\\?" + tail + "*)?(?:#" + tail + "*)?";
  }

  private static String absolutePath(String letters) {
    return "/(?:" + path(letters, characters(letters, ":@") + "+") + ")?";
  }

  /** A URI with scheme. */
  static String uri(String letters) {
    return "[A-Za-z][A-Za-z0-9+.-]*:(?:"
        + authority(letters)
        + "|"
        + absolutePath(letters)
        + "|"
        + path(letters, characters(letters, ":@") + "+")
        + "|)"
        + suffix(letters);
  }

  /** A URI with or without scheme. */
  static String reference(String letters) {
    return "(?:"
        + uri(letters)
        + "|(?:"
        + authority(letters)
        + "|"
        + absolutePath(letters)
        + "|"
        + path(letters, characters(letters, "@") + "+")
        + "|)"
        + suffix(letters)
        + ")";
  }
}
