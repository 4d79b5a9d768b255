package dev.sirocco.tokenizer;

/** Splits text into the words within which a byte-level tokenizer merges. */
interface WordSplitter {

  /** Takes the words of a text in order; together they are the whole text. */
  interface Sink {
    void word(int start, int end);
  }

  /** Splits {@code text[from, to)} as if it were the whole text. */
  void split(String text, int from, int to, Sink sink);
}
