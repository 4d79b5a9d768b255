package dev.sirocco.tokenizer;

import java.text.Normalizer;

/** Brings text into a Unicode normal form before another encoder sees it. */
record NormalizingEncoder(TextEncoder encoder, Normalizer.Form form) implements TextEncoder {

  @Override
  public void encode(String text, int from, int to, boolean startsText, IntList ids) {
    String normal = Normalizer.normalize(text.substring(from, to), form);
    encoder.encode(normal, 0, normal.length(), startsText, ids);
  }

  @Override
  public String spell(int id) {
    return encoder.spell(id);
  }
}
