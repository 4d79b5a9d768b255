package dev.sirocco.engine.constrain.core;

/**
 * Characters that most patterns treat alike and that JSON strings show as they are: all but control
 * characters, the quote, the backslash and line separators. Tokens made of them alone need not be
 * looked at one by one where a constraint admits any of them.
 */
public final class SafeChars {

  /** Longest run that is counted. */
  public static final int LONGEST_RUN = 40;

  private SafeChars() {}

  public static boolean contains(int c) {
    return c >= ' ' && c != '"' && c != '\\' && c != 0x2028 && c != 0x2029;
  }
}
