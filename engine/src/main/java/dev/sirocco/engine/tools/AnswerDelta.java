package dev.sirocco.engine.tools;

/** A piece of an answer in which tools may be called. */
public sealed interface AnswerDelta {

  /**
   * Text of the answer.
   *
   * @param text not empty
   */
  record Content(String text) implements AnswerDelta {}

  /**
   * A call begins.
   *
   * @param index of the call within the answer, from 0
   * @param id new for every call: 9 letters and digits, as Mistral's formats want it
   * @param name the tool
   */
  record CallStart(int index, String id, String name) implements AnswerDelta {}

  /**
   * The arguments of a call go on.
   *
   * @param index of the call
   * @param fragment of the arguments' JSON text, as the model wrote it; not empty
   */
  record Arguments(int index, String fragment) implements AnswerDelta {}
}
