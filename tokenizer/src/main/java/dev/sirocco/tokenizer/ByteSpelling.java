package dev.sirocco.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's spelling of bytes as printable characters: bytes that are printable in Latin-1 stand for
 * themselves, the others for the characters from U+0100 on, so that a space is Ġ.
 */
final class ByteSpelling {

  private static final int FIRST_SUBSTITUTE = 0x100;
  private static final short NONE = -1;
  private static final short[] BYTES = new short[FIRST_SUBSTITUTE + 68];

  static {
    Arrays.fill(BYTES, NONE);
    int substitute = FIRST_SUBSTITUTE;
    for (short b = 0; b < 256; b++) {
      BYTES[isPrintable(b) ? b : substitute++] = b;
    }
  }

  private ByteSpelling() {}

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= '¡' && b <= '¬') || (b >= '®' && b <= 'ÿ');
  }

  /** The bytes that a spelling stands for; characters that stand for none give their UTF-8. */
  static byte[] bytes(String spelling) {
    byte[] bytes = new byte[spelling.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = spelling.charAt(i);
      if (c >= BYTES.length || BYTES[c] == NONE) {
        return spelling.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = (byte) BYTES[c];
    }
    return bytes;
  }
}
