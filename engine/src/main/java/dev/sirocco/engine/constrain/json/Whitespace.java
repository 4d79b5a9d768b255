package dev.sirocco.engine.constrain.json;

/**
 * The white space that is admitted between the tokens of JSON: a few blanks, or line ends with the
 * indentation behind them. It is bounded, so that a model cannot go on with it for ever.
 */
final class Whitespace {

  /** Before any white space. */
  static final int NONE = 0;

  private static final int MOST_BLANKS = 4;
  private static final int MOST_LINE_ENDS = 2;
  private static final int MOST_INDENTATION = 128;
  private static final int LINE = 1000;

  private Whitespace() {}

  /** The state after byte {@code b}, or -1 if it is no white space or too much. */
  static int next(int state, int b) {
    int lines = state / LINE;
    int blanks = state % LINE;
    return switch (b) {
      case ' ', '\t', '\r' ->
          blanks < (lines == 0 ? MOST_BLANKS : MOST_INDENTATION) ? state + 1 : -1;
      case '\n' -> lines < MOST_LINE_ENDS ? (lines + 1) * LINE : -1;
      default -> -1;
    };
  }
}
