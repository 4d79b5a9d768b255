package dev.sirocco.engine;

import java.util.List;

/** What an {@link AnswerStream} brings: tokens of its choices, and the end of each choice. */
public sealed interface AnswerEvent {

  /** Which of the request's answers this belongs to, from 0 to n - 1. */
  int choice();

  /**
   * A token was chosen.
   *
   * @param choice which answer
   * @param token the token and the text that became certain with it
   * @param top the most likely tokens at this place under the model's own distribution, the
   *     likeliest first, as many as {@link GenerationOptions#topLogprobs()} asked for
   */
  record Token(int choice, GeneratedToken token, List<TokenProbability> top)
      implements AnswerEvent {
    public Token {
      top = List.copyOf(top);
    }
  }

  /**
   * An answer is complete; nothing more of it comes.
   *
   * @param choice which answer
   * @param generation the whole answer, with the reason of its end
   */
  record End(int choice, Generation generation) implements AnswerEvent {}
}
