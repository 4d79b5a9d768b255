package dev.sirocco.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes token ids one at a time and never cuts a character: bytes of an unfinished UTF-8 sequence
 * wait for the next token.
 *
 * <p>The texts of all {@link #next} calls and of the final {@link #finish}, joined, equal {@link
 * Tokenizer#decode} of all ids. Bytes that are no UTF-8 become U+FFFD. Not thread-safe.
 */
public final class StreamingDecoder {

  private static final int LONGEST_UNFINISHED_SEQUENCE = 3;

  private final Tokenizer tokenizer;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private ByteBuffer pending = ByteBuffer.allocate(64);
  private boolean stripsNextSpace;

  StreamingDecoder(Tokenizer tokenizer, boolean stripsFirstSpace) {
    this.tokenizer = tokenizer;
    this.stripsNextSpace = stripsFirstSpace;
  }

  /**
   * Takes one more token.
   *
   * @return the text that is now complete; often empty for control tokens and parts of characters
   * @throws IllegalArgumentException if the id is out of range
   */
  public String next(int id) {
    byte[] bytes = tokenizer.bytes(id);
    int from = 0;
    if (bytes.length > 0) {
      from = stripsNextSpace && tokenizer.startsWithPrefixSpace(id) ? 1 : 0;
      stripsNextSpace = false;
    }
    reserve(bytes.length - from);
    pending.put(bytes, from, bytes.length - from);
    return drain(false);
  }

  /** Ends the text: an unfinished character becomes U+FFFD. The decoder then starts afresh. */
  public String finish() {
    String rest = drain(true);
    decoder.reset();
    pending.clear();
    return rest;
  }

  private void reserve(int count) {
    if (pending.remaining() < count) {
      pending =
          ByteBuffer.allocate(count + LONGEST_UNFINISHED_SEQUENCE + pending.position())
              .put(pending.flip());
    }
  }

  private String drain(boolean end) {
    pending.flip();
    CharBuffer text = CharBuffer.allocate(pending.remaining() + LONGEST_UNFINISHED_SEQUENCE);
    decoder.decode(pending, text, end);
    if (end) {
      decoder.flush(text);
    }
    pending.compact();
    return text.flip().toString();
  }
}
