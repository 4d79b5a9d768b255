package dev.sirocco.tokenizer;

/**
 * A conversation as a prompt: its token ids, which count, and its text, for people.
 *
 * <p>The text shows control tokens by their names, so ids cannot be got back from it: a user's
 * {@code [INST]} looks like the model's. Immutable.
 */
public final class RenderedChat {

  private final String text;
  private final int[] tokens;

  RenderedChat(String text, int[] tokens) {
    this.text = text;
    this.tokens = tokens.clone();
  }

  /** The prompt as text, with control tokens spelled out. */
  public String text() {
    return text;
  }

  /** The prompt's token ids, with the beginning-of-sequence token if the format has one. */
  public int[] tokens() {
    return tokens.clone();
  }

  @Override
  public String toString() {
    return text;
  }
}
