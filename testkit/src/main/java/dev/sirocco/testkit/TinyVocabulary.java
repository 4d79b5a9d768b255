package dev.sirocco.testkit;

import dev.sirocco.weights.GgufWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The vocabulary of tiny models, a SentencePiece BPE of {@link #SIZE} tokens: {@code <unk>}, {@code
 * <s>}, {@code </s>}, the 256 bytes, a space, the letters a to z, and a few merges.
 */
public final class TinyVocabulary {

  /** Number of tokens. */
  public static final int SIZE = 296;

  /** The token that ends an answer. */
  public static final int EOS = 2;

  /** The token that begins every text. */
  public static final int BOS = 1;

  /** The token of byte 0; byte b is {@code FIRST_BYTE + b}. */
  public static final int FIRST_BYTE = 3;

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;

  private static final String SPACE = "\u2581";
  private static final List<String> MERGES =
      List.of(SPACE + "t", "he", SPACE + "a", "in", SPACE + "the", "er", "on", "an", "re", "nd");

  private TinyVocabulary() {}

  /** The pieces in the order of their ids. */
  public static List<String> pieces() {
    List<String> pieces = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int b = 0; b < 256; b++) {
      pieces.add("<0x%02X>".formatted(b));
    }
    pieces.add(SPACE);
    for (char letter = 'a'; letter <= 'z'; letter++) {
      pieces.add(String.valueOf(letter));
    }
    pieces.addAll(MERGES);
    return pieces;
  }

  static void addTo(GgufWriter writer) {
    float[] scores = new float[SIZE];
    int[] types = new int[SIZE];
    for (int id = 0; id < SIZE; id++) {
      boolean isByte = id >= FIRST_BYTE && id < FIRST_BYTE + 256;
      boolean isMerge = id >= SIZE - MERGES.size();
      scores[id] = isMerge ? SIZE - MERGES.size() - id : isByte || id < FIRST_BYTE ? 0 : -100 - id;
      types[id] = id == 0 ? UNKNOWN : id < FIRST_BYTE ? CONTROL : isByte ? BYTE : NORMAL;
    }
    writer
        .string("tokenizer.ggml.model", "llama")
        .strings("tokenizer.ggml.tokens", pieces())
        .float32s("tokenizer.ggml.scores", scores)
        .int32s("tokenizer.ggml.token_type", types)
        .uint32("tokenizer.ggml.bos_token_id", BOS)
        .uint32("tokenizer.ggml.eos_token_id", EOS);
  }
}
