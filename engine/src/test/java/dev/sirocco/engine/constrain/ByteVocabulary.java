package dev.sirocco.engine.constrain;

import dev.sirocco.engine.constrain.core.TokenVocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A vocabulary for tests: every byte, some longer tokens that cross borders, and an end token. */
final class ByteVocabulary {

  static final int END = 256;

  static final TokenVocabulary VOCABULARY = build();

  private ByteVocabulary() {}

  private static TokenVocabulary build() {
    List<byte[]> tokens = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      tokens.add(new byte[] {(byte) b});
    }
    tokens.add(new byte[0]);
    for (String text :
        List.of(
            "\":",
            "\": ",
            "\": \"",
            "\",",
            "\", \"",
            "{\"",
            "\"}",
            "},",
            "}]",
            "]}",
            "[[",
            "true",
            "null",
            "fal",
            "abc",
            "ab",
            "12",
            "0.",
            "é",
            "日本",
            "\\u00",
            "\\\"",
            "\":\"",
            "\",\"",
            "a\":1,\"a\":",
            "\n  ",
            ", ",
            "1,2",
            "x\",\"x\"")) {
      tokens.add(text.getBytes(StandardCharsets.UTF_8));
    }
    return TokenVocabulary.of(tokens, Set.of(END));
  }

  /** Whether a constraint admits all of a text, byte by byte, and its end. */
  static boolean admits(Constraint constraint, String text) {
    ConstraintState state = constraint.newState();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (!state.admits(b & 0xFF)) {
        return false;
      }
      state.accept(b & 0xFF);
    }
    return state.isComplete();
  }

  /** Whether the mask names exactly the tokens that are admitted one by one. */
  static boolean maskIsExact(ConstraintState state) {
    long[] mask = state.mask();
    for (int id = 0; id < VOCABULARY.size(); id++) {
      if (((mask[id >> 6] >> id & 1) == 1) != state.admits(id)) {
        return false;
      }
    }
    return true;
  }
}
