package dev.sirocco.tokenizer;

/** Whether a tokenizer puts a space before a text. */
enum PrefixSpace {
  NEVER,
  ALWAYS,
  /** Only before a text that does not begin with a space. */
  UNLESS_SPACE;

  boolean appliesTo(String text) {
    return switch (this) {
      case NEVER -> false;
      case ALWAYS -> true;
      case UNLESS_SPACE -> !text.startsWith(" ");
    };
  }
}
