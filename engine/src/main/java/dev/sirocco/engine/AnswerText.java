package dev.sirocco.engine;

import java.util.List;

/** The text of an answer as it grows: whole characters only, up to a stop string. */
final class AnswerText {

  private final AnswerDecoder decoder;
  private final StopText stopText;
  private final StringBuilder all = new StringBuilder();

  AnswerText(AnswerDecoder decoder, List<String> stops) {
    this.decoder = decoder;
    this.stopText = new StopText(stops);
  }

  /** Takes a token, and gives the text that became certain. */
  String add(int token) {
    return keep(stopText.add(decoder.next(token)));
  }

  /** Whether a stop string was found. */
  boolean stopped() {
    return stopText.stopped();
  }

  /** Ends the text, and gives what was held back. */
  String finish() {
    return keep(stopText.add(decoder.finish()) + stopText.finish());
  }

  /** The text so far. */
  String all() {
    return all.toString();
  }

  private String keep(String text) {
    all.append(text);
    return text;
  }
}
