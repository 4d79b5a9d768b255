package dev.sirocco.tokenizer;

/** Encodes text that holds no special tokens. Implementations are safe for several threads. */
interface TextEncoder {

  /**
   * Appends the ids of {@code text[from, to)}.
   *
   * @param startsText whether this begins a text, where some tokenizers put a space
   */
  void encode(String text, int from, int to, boolean startsText, IntList ids);

  /** A token as people read it. */
  String spell(int id);
}
