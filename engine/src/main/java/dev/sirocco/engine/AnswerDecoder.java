package dev.sirocco.engine;

/** Turns the tokens of one answer into text, whole characters at a time. */
interface AnswerDecoder {

  /** For models without a tokenizer: the answer has no text. */
  AnswerDecoder NONE =
      new AnswerDecoder() {
        @Override
        public String next(int token) {
          return "";
        }

        @Override
        public String finish() {
          return "";
        }
      };

  /** Takes a token, and gives the characters that it completes. */
  String next(int token);

  /** Ends the answer, and gives what is left. */
  String finish();
}
