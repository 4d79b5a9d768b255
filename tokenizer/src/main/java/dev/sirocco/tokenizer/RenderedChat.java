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
  private final String answerStart;

  RenderedChat(String text, int[] tokens) {
    this(text, tokens, "");
  }

  RenderedChat(String text, int[] tokens, String answerStart) {
    this.text = text;
    this.tokens = tokens.clone();
    this.answerStart = answerStart;
  }

  /** The prompt as text, with control tokens spelled out. */
  public String text() {
    return text;
  }

  /** The prompt's token ids, with the beginning-of-sequence token if the format has one. */
  public int[] tokens() {
    return tokens.clone();
  }

  /**
   * The text that the answer begins with, as it stands at the end of the prompt; empty unless the
   * conversation ends with an unfinished answer.
   */
  public String answerStart() {
    return answerStart;
  }

  @Override
  public String toString() {
    return text;
  }
}
