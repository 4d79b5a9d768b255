package dev.sirocco.tokenizer.jinja;

/**
 * A token of a template.
 *
 * @param text the text, name, operator, or the value of a literal
 * @param line where it stands, from 1
 */
record Token(Kind kind, String text, int line) {

  enum Kind {
    /** Text outside of tags. */
    TEXT,
    /** <code>{{</code>. */
    PRINT_BEGIN,
    /** <code>}}</code>. */
    PRINT_END,
    /** <code>{%</code>. */
    BLOCK_BEGIN,
    /** <code>%}</code>. */
    BLOCK_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean is(Kind wanted, String wantedText) {
    return kind == wanted && text.equals(wantedText);
  }

  boolean isOperator(String operator) {
    return is(Kind.OPERATOR, operator);
  }

  boolean isName(String name) {
    return is(Kind.NAME, name);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case END -> "the end of the template";
      case TEXT -> "text";
      case PRINT_END -> "}}";
      case BLOCK_END -> "%}";
      default -> "'" + text + "'";
    };
  }
}
